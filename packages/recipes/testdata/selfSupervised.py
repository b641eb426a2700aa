"""Golden steps of objectives without labels on a tiny network, in float64: python selfSupervised.py.

MoCo, BYOL, SimSiam, SwAV after the papers: He et al. 2020, Grill et al. 2020, Chen & He 2021, Caron et al. 2020. On every tap:
VICReg and Barlow Twins behind expanders, BYOL with a predictor and an averaged target each.
"""

import math

import torch
import torch.nn.functional as F
from stateful import PLANES, Student, follow
from tiny import Tiny, Weights, dense, images, mlp, norm, numbers, pool, stream, write

BATCH = 4
one, two = slice(0, BATCH), slice(BATCH, 2 * BATCH)
result = {}


def moco():
    """Places: stage2 and the pooled feature, each with a queue of six keys."""
    modules = [Weights(300), Weights(340)]
    heads = [(m.dense(c, c), m.dense(c, 4)) for m, c in zip(modules, (4, 5))]
    student = Student(modules)
    average = Tiny(PLANES, 700, trained=False)
    average.weights.fill_running()
    kept, seed = [], average.weights.seed
    for c in (4, 5):
        kept.append(Weights(seed, trained=False))
        kept[-1].dense(c, c), kept[-1].dense(c, 4)
        seed = kept[-1].seed
    queues = [0.5 * stream([6, 4], seed), 0.5 * stream([6, 4], seed + 2)]
    pointer = 0
    for step in range(2):
        x = images(2 * BATCH, 1 + step)
        maps, pooled, _ = student.net(x)
        with torch.no_grad():
            maps_k, pooled_k, _ = average(x[two], keep=True)
            keys = [F.normalize(mlp(m, w.all[:2], w.all[2:])) for m, w in zip((maps_k[1], pooled_k), kept)]
        terms = {}
        for name, m, head, k, queue in zip(("stage2", "final"), (maps[1], pooled), heads, keys, queues):
            q = F.normalize(mlp(m[one], *head))
            logits = torch.cat([(q * k).sum(1, keepdim=True), q @ F.normalize(queue).t()], 1) / 0.2
            terms[name] = (F.cross_entropy(logits, torch.zeros(BATCH).long()), 1)
        student.step(terms)
        for queue, k in zip(queues, keys):
            for i, row in enumerate(k):
                queue[(pointer + i) % 6] = row
        pointer = (pointer + BATCH) % 6
        follow([average.weights, *kept], student.models, 0.9)
        lines = [x for queue in queues for x in (queue, torch.tensor(float(pointer)))]
        student.remember([*average.weights.state(), *(x for w in kept for x in w.state()), *lines], numbers)
    result["momentum-contrast"] = student.steps


class Projector:
    """Dense layers with batch norm and ReLU between them; `last`: also a batch norm on the last, without scale and shift."""

    def __init__(self, seed, widths, last=False, trained=True):
        self.weights, self.layers, self.last = Weights(seed, trained), [], last
        for i, (a, b) in enumerate(zip(widths, widths[1:])):
            linear = self.weights.dense(a, b)
            inner = i < len(widths) - 2
            self.layers.append((linear, self.weights.norm(b) if inner else None))
        self.plain = [torch.ones(widths[-1]).double(), torch.zeros(widths[-1]).double(), [torch.zeros(1), torch.ones(1)]]

    def __call__(self, x, keep=False):
        x = pool(x)
        for linear, after in self.layers:
            x = dense(x, linear)
            if after:
                x = norm(x, *after, True, keep).relu()
        return norm(x, *self.plain, True, keep=True) if self.last else x


def byol():
    head, predictor = Projector(300, [5, 6, 4]), Projector(340, [4, 5, 4])
    student = Student([head.weights, predictor.weights])
    average = Tiny(PLANES, 700, trained=False)
    average.weights.fill_running()
    target = Projector(average.weights.seed, [5, 6, 4], trained=False)
    target.weights.fill_running()
    for step in range(2):
        x = images(2 * BATCH, 1 + step)
        p = predictor(head(student.net(x)[1]))
        with torch.no_grad():
            z = target(average(x, keep=True)[1], keep=True)
        cosine = F.cosine_similarity(p, torch.cat([z[two], z[one]]))
        student.step({"final": ((2 - 2 * cosine[one]).mean() + (2 - 2 * cosine[two]).mean(), 1)})
        epoch = 1.0 + step
        share = 1 - (1 - 0.9) * (math.cos(math.pi * epoch / 4) + 1) / 2
        follow([average.weights, target.weights], [student.net.weights, head.weights], share)
        student.remember([*average.weights.state(), *target.weights.state()], numbers)
    result["bootstrap-latents"] = student.steps


def simsiam():
    head, predictor = Projector(300, [5, 6, 4], last=True), Projector(340, [4, 5, 4])
    student = Student([head.weights, predictor.weights])
    z = head(student.net(images(2 * BATCH, 1))[1])
    cosine = F.cosine_similarity(predictor(z), torch.cat([z[two], z[one]]).detach())
    student.step({"final": (-(cosine[one].mean() + cosine[two].mean()) / 2, 1)})
    result["simple-siamese"] = student.steps


def sinkhorn(scores):
    """Codes of samples [B, K]: in turn, prototypes share all the mass equally, and then samples do."""
    q = (scores.detach() / 0.05).exp().t()
    q = q / q.sum()
    for _ in range(3):
        q = q / q.sum(1, keepdim=True) / q.shape[0]
        q = q / q.sum(0, keepdim=True) / q.shape[1]
    return q.t() * q.shape[1]


def swav():
    modules = [Weights(300), Weights(340)]
    head, (prototypes,) = (modules[0].dense(5, 5), modules[0].dense(5, 4)), [modules[1].make([4, 6])]
    student = Student(modules)
    z = F.normalize(mlp(student.net(images(2 * BATCH, 1))[1], *head))
    scores = z @ F.normalize(prototypes, dim=0)
    a, b = scores[one], scores[two]
    swapped = [-(sinkhorn(y) * F.log_softmax(x / 0.1, 1)).sum(1).mean() for x, y in ((a, b), (b, a))]
    student.step({"final": (sum(swapped) / 2, 1)})
    result["swapped-prediction"] = student.steps


class Expander:
    """Linear without bias, batch norm, ReLU, Linear."""

    def __init__(self, seed, width, hidden, out):
        self.weights = Weights(seed)
        self.first, self.norm = self.weights.make([width, hidden]), self.weights.norm(hidden)
        self.last = self.weights.dense(hidden, out)

    def __call__(self, x):
        return dense(norm(x @ self.first, *self.norm, True).relu(), self.last)


def barlow(features):
    a, b = ((x - x.mean(0)) / (x.var(0, unbiased=False) + 1e-5).sqrt() for x in features.chunk(2))
    c = a.T @ b / len(a)
    return (c.diagonal() - 1).pow(2).sum() + 5e-3 * (c.pow(2).sum() - c.diagonal().pow(2).sum())


def vicreg(features):
    a, b = features.chunk(2)
    value = 25 * F.mse_loss(a, b)
    for x in (a, b):
        c = torch.cov(x.T)
        value = value + 12.5 * (1 - (c.diagonal() + 1e-4).sqrt()).relu().mean()
        value = value + (c.pow(2).sum() - c.diagonal().pow(2).sum()) / x.shape[1]
    return value


def expanded(name, loss, factor):
    """Each tap's embedding [2B, 4] and the pooled feature behind an expander of twice its width."""
    widths = PLANES[:3]
    heads = [Weights(300 + 40 * i) for i in range(3)]
    embedders = [(w.dense(c, c), w.dense(c, 4)) for w, c in zip(heads, widths)]
    expanders = [Expander(300 + 40 * (3 + i), c, 2 * c, 2 * c) for i, c in enumerate([4, 4, 4, PLANES[3]])]
    student = Student([*heads, *(e.weights for e in expanders)])
    maps, pooled, _ = student.net(images(2 * BATCH, 1))
    rows = [*(mlp(m, *h) for m, h in zip(maps, embedders)), pooled]
    places = [expander(x) for expander, x in zip(expanders, rows)]
    names = ["stage1", "stage2", "stage3", "final"]
    student.step({at: (loss(x), 0.1 * factor(x.shape[1])) for at, x in zip(names, places)})
    result[name] = student.steps


def spread(z):
    return F.normalize(z.detach()).std(0, unbiased=False).mean() * math.sqrt(z.shape[1])


def deep_byol(name, apart):
    """Taps stage1 to stage3 and the pooled feature: a linear head each, a predictor of twice the width, a target."""
    names, widths = ["stage1", "stage2", "stage3", "final"], PLANES
    modules = [Weights(300 + 80 * i) for i in range(4)]
    heads = [m.dense(c, 4) for m, c in zip(modules, widths)]
    predictors = [Expander(340 + 80 * i, 4, 8, 4) for i in range(4)]
    student = Student([w for pair in zip(modules, (p.weights for p in predictors)) for w in pair])
    average = Tiny(PLANES, 700, trained=False)
    average.weights.fill_running()
    kept, targets, seed = [], [], average.weights.seed
    for c in widths:
        kept.append(Weights(seed, trained=False))
        targets.append(kept[-1].dense(c, 4))
        seed = kept[-1].seed
    embed = lambda seen, i, layers: dense(pool(seen[0][i]), layers)  # the last map, pooled, is the pooled feature
    views = [one, two] if apart else [slice(0, 2 * BATCH)]
    for step in range(2):
        x = images(2 * BATCH, 1 + step)
        seen = student.net(x)
        with torch.no_grad():
            shown = [average(x[v], keep=True) for v in views]
        terms = {}
        for i, at in enumerate(names):
            z = embed(seen, i, heads[i])
            p = torch.cat([predictors[i](z[v]) for v in views])
            t = torch.cat([embed(part, i, targets[i]) for part in shown])
            cosine = F.cosine_similarity(p, torch.cat([t[two], t[one]]))
            terms[at] = (4 - 2 * cosine[one].mean() - 2 * cosine[two].mean(), 0.1)
            terms[f"{at}/spread"] = (spread(z), 0)
        student.step(terms)
        follow([average.weights, *kept], [student.net.weights, *modules], 0.9)
        student.remember([*average.weights.state(), *(x for w in kept for x in w.state())], numbers)
    result[name] = student.steps


moco()
byol()
simsiam()
swav()
expanded("vicreg", vicreg, lambda width: 0.2)
expanded("barlow-twins", barlow, lambda width: 5 / width)
deep_byol("bootstrap-deep-supervision", apart=False)
deep_byol("bootstrap-deep-supervision, views apart", apart=True)
write(__file__, result)
