"""Makes steps.json: ten SGD steps of CDS on a narrow ResNet-18 in PyTorch, float64, from deterministic weights.

Needs torch. Run: python steps.py
"""
import json
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

sys.path.append(str(Path(__file__).parents[3] / "tooling" / "reference"))
from common import places, write

torch.set_default_dtype(torch.float64)
WIDTHS, CLASSES, BATCH, RATE = [16, 32, 64, 128], 10, 8, 0.0003


def conv(i, o, k, stride=1, groups=1):
    return nn.Conv2d(i, o, k, stride, k // 2, groups=groups, bias=False)


class Block(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.body = nn.Sequential(conv(i, o, 3, stride), nn.BatchNorm2d(o), nn.ReLU(), conv(o, o, 3), nn.BatchNorm2d(o))
        same = stride == 1 and i == o
        self.shortcut = nn.Identity() if same else nn.Sequential(conv(i, o, 1, stride), nn.BatchNorm2d(o))

    def forward(self, x):
        return F.relu(self.body(x) + self.shortcut(x))


def sep_conv(i, o):
    return nn.Sequential(
        conv(i, i, 3, 2, i), conv(i, i, 1), nn.BatchNorm2d(i), nn.ReLU(),
        conv(i, i, 3, 1, i), conv(i, o, 1), nn.BatchNorm2d(o), nn.ReLU(),
    )


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        w = WIDTHS
        self.stem = nn.Sequential(conv(3, w[0], 3), nn.BatchNorm2d(w[0]), nn.ReLU())
        ins, strides = [w[0], *w[:3]], [1, 2, 2, 2]
        self.stages = nn.ModuleList(nn.Sequential(Block(i, o, s), Block(o, o, 1)) for i, o, s in zip(ins, w, strides))
        self.heads = nn.ModuleList(nn.Sequential(*(sep_conv(w[j], w[j + 1]) for j in range(t, 3))) for t in range(3))
        self.fc = nn.Linear(w[3], CLASSES)

    def forward(self, x):
        h, features = self.stem(x), []
        for t, stage in enumerate(self.stages):
            h = stage(h)
            if t < 3:
                features.append(self.heads[t](h).mean((2, 3)))
        pooled = h.mean((2, 3))
        return self.fc(pooled), [F.normalize(f) for f in [*features, pooled]], pooled


def sup_con(z, labels, t=0.07):
    n = len(z)
    s = z @ z.T / t
    self_mask = torch.eye(n, dtype=torch.bool)
    y = torch.cat([labels, labels])
    positive = (y[:, None] == y[None]) & ~self_mask
    log_p = s - torch.logsumexp(s.masked_fill(self_mask, -torch.inf), 1, keepdim=True)
    return -((log_p * positive).sum(1) / positive.sum(1)).mean()


def main():
    net = Network()
    for p in net.parameters():
        if p.dim() >= 2:
            p.data = places(p.shape, 0) * (3 / p[0].numel()) ** 0.5
    nn.init.zeros_(net.fc.bias)
    views = torch.cat([places([BATCH, 3, 32, 32], 1), places([BATCH, 3, 32, 32], 2)])
    labels = torch.tensor([0, 1, 1, 9, 4, 4, 4, 7])
    net.eval()
    with torch.no_grad():
        logits, embeddings, _ = net(views)
    golden = {"labels": labels.tolist(), "rate": RATE, "inference": {"logits": logits.flatten().tolist(), "embeddings": [e.flatten().tolist() for e in embeddings]}}
    net.train()
    optimizer = torch.optim.SGD(net.parameters(), lr=RATE, momentum=0.9, weight_decay=5e-4)
    golden["steps"] = []
    for i in range(10):
        logits, embeddings, _ = net(views)
        if i == 0:
            golden["training"] = {"logits": logits.flatten().tolist(), "embeddings": [e.flatten().tolist() for e in embeddings]}
        ce = F.cross_entropy(logits[:BATCH], labels)
        terms = [sup_con(e, labels) for e in embeddings]
        loss = ce + 0.1 * sum(terms)
        optimizer.zero_grad()
        loss.backward()
        norm = torch.stack([p.grad.norm() for p in net.parameters()]).norm()
        optimizer.step()
        golden["steps"].append({"ce": ce.item(), "terms": [t.item() for t in terms], "loss": loss.item(), "gradientNorm": norm.item()})
    return golden


def rounded(value):
    if isinstance(value, float):
        return float(f"{value:.7g}")
    if isinstance(value, list):
        return [rounded(v) for v in value]
    return {k: rounded(v) for k, v in value.items()} if isinstance(value, dict) else value


golden = rounded(main())
write(__file__, golden, json.dumps(golden))
