"""Values and gradients of the engine's fused kernels in PyTorch, written to fused.json beside this file.

Maps are NHWC in the file, filters as tfjs has them: [h, w, in, out], depthwise [h, w, in, multiplier].
"""

import json
import pathlib

import torch
import torch.nn.functional as F

torch.manual_seed(3)
torch.set_default_dtype(torch.float64)


def nchw(x):
    return x.permute(0, 3, 1, 2)


def nhwc(x):
    return x.permute(0, 2, 3, 1)


def conv(x, w, stride, pads, groups=1):
    top, bottom, left, right = pads
    return nhwc(F.conv2d(F.pad(nchw(x), (left, right, top, bottom)), w, stride=stride, groups=groups))


def conv2d(stride, pads):
    return lambda x, filter: conv(x, filter.permute(3, 2, 0, 1), stride, pads)


def depthwise(stride, pads):
    def run(x, filter):
        h, w, channels, multiplier = filter.shape
        return conv(x, filter.permute(2, 3, 0, 1).reshape(channels * multiplier, 1, h, w), stride, pads, channels)

    return run


def batch_norm(x, scale, offset):
    return nhwc(F.batch_norm(nchw(x), None, None, scale, offset, training=True, eps=1e-5))


def frozen_batch_norm(x, mean, variance, offset, scale):
    # As an equation: PyTorch's own function has no gradient for the statistics.
    return (x - mean) / torch.sqrt(variance + 1e-3) * scale + offset


def max_pool(x):
    return nhwc(F.max_pool2d(nchw(x), 3, 2, 1))


def avg_pool(x):
    return nhwc(F.avg_pool2d(nchw(x), 3, 2, 1, count_include_pad=False))


def cross_entropy(logits, target):
    return F.cross_entropy(logits, target, reduction="none")


def layer_norm(x, scale, offset):
    return F.layer_norm(x, x.shape[-1:], scale, offset, 1e-5)


def attention(heads):
    def run(qkv):
        batch, tokens, three = qkv.shape
        q, k, v = qkv.view(batch, tokens, 3, heads, three // 3 // heads).permute(2, 0, 3, 1, 4)
        return F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(batch, tokens, three // 3)

    return run


MAP = torch.randn(2, 7, 6, 4)
EDGES = torch.tensor([-9.0, -1.0, 0.0, 1e-3, 1.0, 5.999, 6.0, 6.001, 20.0])
positive = torch.rand(4) + 0.5
CASES = {
    "batchNormTraining": (batch_norm, [3 * MAP + 5, torch.randn(4), torch.randn(4)]),
    "batchNormFrozen": (frozen_batch_norm, [MAP, torch.randn(4), positive, torch.randn(4), torch.randn(4)]),
    "relu": (F.relu, [EDGES]),
    "relu6": (F.relu6, [EDGES]),
    "sigmoid": (torch.sigmoid, [EDGES]),
    "tanh": (torch.tanh, [EDGES]),
    "leakyRelu": (lambda x: F.leaky_relu(x, 0.1), [EDGES]),
    "conv2d": (conv2d(2, (1, 1, 1, 1)), [MAP, torch.randn(3, 3, 4, 5)]),
    "conv2dUneven": (conv2d(1, (0, 2, 1, 0)), [MAP, torch.randn(3, 2, 4, 5)]),
    "depthwise": (depthwise(2, (1, 1, 1, 1)), [MAP, torch.randn(3, 3, 4, 1)]),
    "depthwiseMultiplied": (depthwise(1, (1, 0, 2, 1)), [MAP, torch.randn(3, 3, 4, 2)]),
    "maxPool": (max_pool, [MAP - 4]),
    "avgPool": (avg_pool, [MAP]),
    "crossEntropy": (cross_entropy, [4 * torch.randn(5, 7), torch.rand(5, 7).softmax(1)]),
    "gelu": (F.gelu, [torch.cat([EDGES, torch.linspace(-5, 5, 41)])]),
    "layerNorm": (layer_norm, [3 * torch.randn(2, 5, 19) + 5, torch.randn(19), torch.randn(19)]),
    "attention": (attention(3), [2 * torch.randn(2, 7, 3 * 3 * 5)]),
}


def array(t):
    return {"shape": list(t.shape), "data": [float(v) for v in t.flatten().tolist()]}


def record(run, inputs):
    # Rounded to float32 first, so that both sides compute on the same numbers.
    leaves = [t.float().double().clone().requires_grad_() for t in inputs]
    y = run(*leaves)
    dy = torch.randn(y.shape).float().double()
    y.backward(dy)
    return {
        "inputs": [array(t.detach()) for t in leaves],
        "y": array(y.detach()),
        "dy": array(dy),
        "gradients": [array(t.grad) for t in leaves if t.grad is not None],
    }


golden = {name: record(run, inputs) for name, (run, inputs) in CASES.items()}
first = golden["batchNormTraining"]["inputs"][0]
over = torch.tensor(first["data"]).reshape(first["shape"]).flatten(0, 2)  # [B·H·W, C]
golden["statistics"] = {"mean": array(over.mean(0)), "unbiased": array(over.var(0))}


def rounded(value):
    if isinstance(value, float):
        return float(f"{value:.10g}")
    if isinstance(value, list):
        return [rounded(v) for v in value]
    return {k: rounded(v) for k, v in value.items()} if isinstance(value, dict) else value


pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(rounded(golden)) + "\n")
