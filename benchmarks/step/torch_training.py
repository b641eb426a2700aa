"""Training of one of the networks, and how a program is told to do it: for `torch_step.py` and `torch_files.py`."""

import argparse
import contextlib
import json
import resource
import sys
import time

import torch
import torch.nn.functional as F

from torch_networks import MODELS, Supervised, sup_con


class Trainer:
    def __init__(self, options):
        torch.manual_seed(0)
        torch.set_num_threads(options.threads)
        self.device = "cuda" if "cuda" in options.mode else "cpu"
        network = Supervised(options.model, options.classes, options.size).to(self.device)
        self.channels_last = "channels_last" in options.mode
        self.bfloat16 = "bfloat16" in options.mode
        self.network = network.to(memory_format=torch.channels_last) if self.channels_last else network
        self.optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)
        self.parameters = sum(p.numel() for p in network.parameters())
        self.forward = torch.compile(self.network) if "compile" in options.mode else self.network

    def step(self, views, labels):
        """One step on views [2, B, 3, H, W] uint8 of images of these classes [B]; gives the loss."""
        labels = labels.to(self.device)
        x = (views.to(self.device).flatten(0, 1).float() - 127.5) / 63.75
        if self.channels_last:
            x = x.contiguous(memory_format=torch.channels_last)
        context = torch.autocast(self.device, dtype=torch.bfloat16) if self.bfloat16 else contextlib.nullcontext()
        with context:
            logits, embeddings = self.forward(x)
        loss = F.cross_entropy(logits[: len(labels)].float(), labels)
        for z in embeddings:
            loss = loss + 0.1 * sup_con(z.float(), labels)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return loss.item()


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mode", default="default", help="default, or cuda, channels_last, bfloat16, compile joined by +")
    parser.add_argument("--model", default="resnet18", choices=MODELS)
    parser.add_argument("--batch", type=int, default=32, help="images; each comes in two views")
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--classes", type=int, default=100)
    parser.add_argument("--threads", type=int, default=2)
    return parser


def cpu_seconds():
    """Of this process alone, without the loader's."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def timed(work):
    """Milliseconds and CPU milliseconds that `work` takes, and what it gives."""
    wall, cpu = time.perf_counter(), cpu_seconds()
    result = work()
    return {"wall": 1e3 * (time.perf_counter() - wall), "cpu": 1e3 * (cpu_seconds() - cpu)}, result


def answer_lines(ready, parameters, step):
    """Says what is ready, then answers each line of standard input: `step` by `step()`, `memory` by the peak in bytes."""
    print(json.dumps({"ready": ready, "parameters": parameters}), flush=True)
    for line in sys.stdin:
        peak = {"memory": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}
        print(json.dumps(step() if line.strip() == "step" else peak), flush=True)
