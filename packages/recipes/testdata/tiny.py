"""A network of four convolutions whose weights come from the deterministic stream, as the tests fill `tinyBackbone`.

Each model's weights have seeds that count up in the order in which they are made; layouts are TensorFlow's.
"""

import sys
from pathlib import Path

import torch
import torch.nn.functional as F

sys.path.append(str(Path(__file__).parents[3] / "tooling" / "reference"))
from common import number, numbers, stream, write


class Weights:
    """Hands out weights: kernels as they are, scales around 1, shifts and biases halved."""

    def __init__(self, seed, trained=True):
        self.seed, self.trained, self.all, self.rules, self.running = seed, trained, [], [], []

    def make(self, shape, scale=1.0, shift=0.0):
        w = (shift + scale * stream(shape, self.seed)).requires_grad_(self.trained)
        self.seed += 1
        self.all.append(w)
        self.rules.append((scale, shift))
        return w

    def norm(self, planes):
        """Scale, shift, and the running mean and variance."""
        self.running.append([torch.zeros(planes).double(), torch.ones(planes).double()])
        return self.make([planes], 0.5, 1.0), self.make([planes], 0.5), self.running[-1]

    def block(self, planes_in, planes):
        return self.make([3, 3, planes_in, planes]), *self.norm(planes)

    def dense(self, width_in, width):
        return self.make([width_in, width]), self.make([width], 0.5)

    def refill(self, seed):
        """Other weights of the same kind, as if an optimizer had been at work."""
        for i, (w, (scale, shift)) in enumerate(zip(self.all, self.rules)):
            w.data.copy_(shift + scale * stream(w.shape, seed + i))
            w.grad = None

    def fill_running(self):
        """Running means and variances from the seeds that follow; a model that is a state begins with all of it filled."""
        for stat in self.running:
            for i, shift in enumerate((0.0, 1.0)):
                stat[i] = shift + 0.5 * stream(stat[i].shape, self.seed)
                self.seed += 1

    def state(self):
        """All that a checkpoint holds: trained weights, then running means and variances."""
        return [*self.all, *(x for stat in self.running for x in stat)]


def norm(x, gamma, beta, running, training, keep=False):
    """Batch norm; in training the running averages move by a tenth, by the unbiased variance, unless they are kept."""
    shape = [1, -1] + [1] * (x.dim() - 2)
    dims = [0] + list(range(2, x.dim()))
    mean, variance = x.mean(dims, keepdim=True), x.var(dims, unbiased=False, keepdim=True)
    if training and not keep:
        with torch.no_grad():
            for i, now in enumerate((mean.flatten(), x.var(dims, unbiased=True))):
                running[i] = 0.9 * running[i] + 0.1 * now
    if not training:
        mean, variance = (r.reshape(shape) for r in running)
    return (x - mean) / (variance + 1e-5) ** 0.5 * gamma.reshape(shape) + beta.reshape(shape)


def block(x, weights, stride, training, keep=False):
    kernel, *rest = weights
    return norm(F.conv2d(x, kernel.permute(3, 2, 0, 1), stride=stride, padding=1), *rest, training, keep).relu()


def dense(x, weights):
    return x @ weights[0] + weights[1]


class Tiny:
    def __init__(self, planes, seed, trained=True):
        self.weights = Weights(seed, trained)
        widths = [3, *planes]
        self.blocks = [self.weights.block(a, b) for a, b in zip(widths, planes)]
        self.classifier = self.weights.dense(planes[-1], 5)

    def __call__(self, x, training=True, keep=False):
        maps = []
        for i, b in enumerate(self.blocks):
            x = block(x, b, 1 if i == 0 else 2, training, keep)
            maps.append(x)
        pooled = x.mean((2, 3))
        return maps, pooled, dense(pooled, self.classifier)


def images(rows, seed):
    return stream([rows, 8, 8, 3], seed).permute(0, 3, 1, 2)


def pool(x):
    return x.mean((2, 3)) if x.dim() == 4 else x


def mlp(x, first, second):
    return dense(dense(pool(x), first).relu(), second)


def heads_of(planes, base, width, trained=True):
    modules = [Weights(base + 40 * i, trained) for i in range(len(planes))]
    return modules, [(m.dense(c, c), m.dense(c, width)) for m, c in zip(modules, planes)]


def supcon(z, groups, temperature=0.07):
    """Khosla et al. 2020, L_out; rows of equal group belong together."""
    z = F.normalize(z)
    logits = z @ z.t() / temperature
    own = torch.eye(len(z), dtype=torch.bool)
    log_p = logits - logits.masked_fill(own, -torch.inf).logsumexp(1, keepdim=True)
    positive = (groups[:, None] == groups[None]) & ~own
    return -((log_p * positive).sum(1) / positive.sum(1)).mean()


def measured(terms, models, state=None):
    """Terms of a step, {name: (value, weight)}, with the gradient of all weights; `state` is what lies in it afterwards."""
    total = sum(weight * value for value, weight in terms.values())
    total.backward()
    step = {
        "terms": {k: number(value.item(), 12) for k, (value, _) in terms.items()},
        "total": number(total.item(), 12),
        "gradients": [[] if w.grad is None else numbers(w.grad, 7) for m in models for w in m.all],
    }
    return step if state is None else {**step, "state": state}
