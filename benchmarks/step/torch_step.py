"""The step of contrastive deep supervision in PyTorch: what `understory` is compared with.

Reads commands from standard input, a line each: `step` runs one step and answers with its wall and CPU
milliseconds and its loss; `memory` answers with the peak resident memory in bytes. So that a driver can interleave steps of several
processes on one machine.
"""

import argparse
import contextlib
import json
import resource
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn


def conv_bn(inputs, outputs, kernel, stride=1):
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs))


class Basic(nn.Module):
    expansion = 1

    def __init__(self, inputs, planes, stride):
        super().__init__()
        self.first = conv_bn(inputs, planes, 3, stride)
        self.second = conv_bn(planes, planes, 3)
        self.shortcut = nn.Identity() if stride == 1 and inputs == planes else conv_bn(inputs, planes, 1, stride)

    def forward(self, x):
        return F.relu(self.second(F.relu(self.first(x), inplace=True)) + self.shortcut(x))


class Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, inputs, planes, stride):
        super().__init__()
        outputs = 4 * planes
        self.first = conv_bn(inputs, planes, 1)
        self.second = conv_bn(planes, planes, 3, stride)
        self.third = conv_bn(planes, outputs, 1)
        self.shortcut = nn.Identity() if stride == 1 and inputs == outputs else conv_bn(inputs, outputs, 1, stride)

    def forward(self, x):
        y = F.relu(self.second(F.relu(self.first(x), inplace=True)), inplace=True)
        return F.relu(self.third(y) + self.shortcut(x))


def separable(inputs, outputs):
    """Twice a depthwise 3x3, a pointwise 1x1, batch norm and ReLU; the first halves the resolution."""

    def half(width, stride):
        return [
            nn.Conv2d(inputs, inputs, 3, stride, 1, groups=inputs, bias=False),
            nn.Conv2d(inputs, width, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
        ]

    return nn.Sequential(*half(inputs, 2), *half(outputs, 1))


RESNETS = {"resnet18": (Basic, [2, 2, 2, 2]), "resnet50": (Bottleneck, [3, 4, 6, 3])}


class Supervised(nn.Module):
    """A ResNet for 32-pixel images, with a projection head on each of its first three stages."""

    def __init__(self, name, classes):
        super().__init__()
        block, counts = RESNETS[name]
        self.stem = nn.Sequential(*conv_bn(3, 64, 3), nn.ReLU(inplace=True))
        self.stages, width, widths = nn.ModuleList(), 64, []
        for i, count in enumerate(counts):
            planes = 64 * 2**i
            blocks = []
            for j in range(count):
                blocks.append(block(width, planes, 2 if i > 0 and j == 0 else 1))
                width = planes * block.expansion
            self.stages.append(nn.Sequential(*blocks))
            widths.append(width)
        self.heads = nn.ModuleList(
            nn.Sequential(*[separable(a, b) for a, b in zip(widths[i:], widths[i + 1 :])]) for i in range(3)
        )
        self.classifier = nn.Linear(width, classes)

    def forward(self, x):
        x = self.stem(x)
        embeddings = []
        for i, stage in enumerate(self.stages):
            x = stage(x)
            embeddings.append((self.heads[i](x) if i < 3 else x).mean((2, 3)))
        return self.classifier(embeddings[-1]), embeddings


def sup_con(z, labels, temperature=0.07):
    """Khosla et al. 2020, eq. 2; z [2B, D], labels [B]."""
    z = F.normalize(z, dim=1)
    both = labels.repeat(2)
    others = 1 - torch.eye(len(z))
    positive = (both[:, None] == both[None, :]).float() * others
    logits = z @ z.T / temperature
    logits = logits - logits.max(1, keepdim=True).values.detach()
    log_p = logits - (logits.exp() * others).sum(1, keepdim=True).log()
    return -((positive * log_p).sum(1) / positive.sum(1)).mean()


class Trainer:
    def __init__(self, options):
        torch.manual_seed(0)
        torch.set_num_threads(options.threads)
        network = Supervised(options.model, options.classes)
        generator = torch.Generator().manual_seed(1)
        side = options.size
        self.images = torch.randint(0, 256, (options.batch, 3, side, side), generator=generator, dtype=torch.uint8)
        self.labels = torch.arange(options.batch) * 7 % options.classes
        self.channels_last = "channels_last" in options.mode
        self.bfloat16 = "bfloat16" in options.mode
        self.network = network.to(memory_format=torch.channels_last) if self.channels_last else network
        self.optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)
        self.parameters = sum(p.numel() for p in network.parameters())
        self.forward = torch.compile(self.network) if "compile" in options.mode else self.network

    def step(self):
        images = (self.images.float() - 127.5) / 63.75
        x = torch.cat([images, images])
        if self.channels_last:
            x = x.contiguous(memory_format=torch.channels_last)
        context = torch.autocast("cpu", dtype=torch.bfloat16) if self.bfloat16 else contextlib.nullcontext()
        with context:
            logits, embeddings = self.forward(x)
        loss = F.cross_entropy(logits[: len(self.labels)].float(), self.labels)
        for z in embeddings:
            loss = loss + 0.1 * sup_con(z.float(), self.labels)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return loss.item()


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mode", default="default", help="default, or channels_last, bfloat16, compile joined by +")
    parser.add_argument("--model", default="resnet18", choices=sorted(RESNETS))
    parser.add_argument("--batch", type=int, default=32, help="images; each comes in two views")
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--classes", type=int, default=100)
    parser.add_argument("--threads", type=int, default=2)
    trainer = Trainer(parser.parse_args())
    print(json.dumps({"ready": torch.__version__, "parameters": trainer.parameters}), flush=True)
    for line in sys.stdin:
        if line.strip() == "step":
            wall, cpu = time.perf_counter(), cpu_seconds()
            loss = trainer.step()
            answer = {"wall": 1e3 * (time.perf_counter() - wall), "cpu": 1e3 * (cpu_seconds() - cpu), "loss": loss}
        else:
            answer = {"memory": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
