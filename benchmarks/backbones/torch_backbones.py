"""torchvision's networks, for `compare.ts`.

Reads commands from standard input, a line of JSON each: `{"do": "load", "model": …, "batch": …, "size": …}` builds a
network, `{"do": "forward"}` and `{"do": "step"}` run it once and answer with wall and CPU milliseconds. A step is
cross-entropy, its gradients, and SGD with momentum and weight decay.
"""

import argparse
import json
import resource
import sys
import time

import torch
import torch.nn.functional as F
import torchvision

CLASSES = 100


class Network:
    def __init__(self, model, batch, size):
        torch.manual_seed(0)
        # torchvision's own networks drop paths and features as ours are told to.
        self.module = torchvision.models.get_model(model, weights=None, num_classes=CLASSES)
        generator = torch.Generator().manual_seed(1)
        self.images = torch.rand(batch, 3, size, size, generator=generator)
        self.labels = torch.arange(batch) * 7 % CLASSES
        self.optimizer = torch.optim.SGD(self.module.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)
        self.parameters = sum(p.numel() for p in self.module.parameters())

    def forward(self):
        self.module.eval()
        with torch.inference_mode():
            self.module(self.images)

    def step(self):
        self.module.train()
        self.optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(self.module(self.images), self.labels).backward()
        self.optimizer.step()


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=2)
    torch.set_num_threads(parser.parse_args().threads)
    print(json.dumps({"ready": f"PyTorch {torch.__version__}, torchvision {torchvision.__version__}"}), flush=True)
    network = None
    for line in sys.stdin:
        command = json.loads(line)
        if command["do"] == "load":
            network = Network(command["theirs"], command["batch"], command["size"])
            answer = {"parameters": network.parameters}
        else:
            wall, cpu = time.perf_counter(), cpu_seconds()
            getattr(network, command["do"])()
            answer = {"wall": 1e3 * (time.perf_counter() - wall), "cpu": 1e3 * (cpu_seconds() - cpu)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
