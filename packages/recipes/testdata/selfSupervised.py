"""Golden steps of MoCo, BYOL, SimSiam and SwAV on a tiny network, in float64: python selfSupervised.py.

After the papers: He et al. 2020, Grill et al. 2020, Chen & He 2021, Caron et al. 2020.
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


moco()
byol()
simsiam()
swav()
write(__file__, result)
