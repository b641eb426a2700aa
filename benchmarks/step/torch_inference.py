"""The same network looking at images in PyTorch, or exported from there and run by onnxruntime."""

import contextlib
import os
import tempfile
import warnings

import torch
from torch import nn

from torch_networks import Supervised
from torch_training import answer_lines, arguments, timed


class Backbone(nn.Module):
    """Without the heads, as a network is used; from uint8 images, as ours is."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, images):
        x = self.network.stem((images.float() - 127.5) / 63.75)
        for stage in self.network.stages:
            x = stage(x)
        return self.network.read(x)[0]


def by_onnxruntime(network, images, threads):
    import onnxruntime

    folder = tempfile.mkdtemp()
    file = os.path.join(folder, "network.onnx")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(network, (images,), file, dynamo=False, opset_version=17, input_names=["images"])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    os.remove(file)
    os.rmdir(folder)
    array = images.numpy()
    return lambda: float(session.run(None, {"images": array})[0][0, 0]), f"onnxruntime {onnxruntime.__version__}"


def by_torch(network, images, mode):
    if "channels_last" in mode:
        network = network.to(memory_format=torch.channels_last)
        images = images.contiguous(memory_format=torch.channels_last)
    forward = torch.compile(network) if "compile" in mode else network

    def look():
        context = torch.autocast("cpu", dtype=torch.bfloat16) if "bfloat16" in mode else contextlib.nullcontext()
        with torch.inference_mode(), context:
            return forward(images)[0, 0].item()

    return look, f"PyTorch {torch.__version__}"


def main():
    options = arguments().parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(options.threads)
    network = Backbone(Supervised(options.model, options.classes, options.size)).eval()
    generator = torch.Generator().manual_seed(1)
    images = torch.randint(
        0, 256, (options.batch, 3, options.size, options.size), generator=generator, dtype=torch.uint8
    )
    onnx = options.mode == "onnxruntime"
    look, ready = by_onnxruntime(network, images, options.threads) if onnx else by_torch(network, images, options.mode)

    def step():
        times, value = timed(look)
        return {**times, "loss": value}

    answer_lines(ready, sum(p.numel() for p in network.parameters()), step)


if __name__ == "__main__":
    main()
