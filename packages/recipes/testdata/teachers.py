"""Golden steps of CRD and SSKD on a tiny network, in float64: python teachers.py. After shared definitions of both."""

import torch
import torch.nn.functional as F
from stateful import Student
from tiny import Tiny, Weights, dense, images, numbers, stream, write

BATCH = 4
LABELS = torch.tensor([0, 3, 3, 1])
teacher = Tiny([4, 4, 5, 6], 200, trained=False)
result = {}


def taught(x):
    with torch.no_grad():
        _, pooled, logits = teacher(x, training=False)
    return pooled, logits


POSITIONS = torch.tensor([[5, 3, 8, 5], [3, 13, 6, 8]])
DRAWN = torch.tensor(
    [
        [[1, 2, 2, 4, 6, 9], [0, 5, 7, 11, 19, 1], [10, 12, 17, 4, 4, 4], [9, 13, 14, 15, 16, 1]],
        [[5, 5, 0, 2, 11, 18], [8, 3, 19, 7, 7, 12], [1, 17, 2, 16, 5, 10], [9, 6, 3, 14, 15, 0]],
    ]
)
ENTRIES, NEGATIVES, TAU = 20, 6, 0.07


def side(out):
    noise = NEGATIVES / ENTRIES
    right = (out[:, 0] / (out[:, 0] + noise + 1e-7)).log().sum()
    wrong = (noise / (out[:, 1:] + noise + 1e-7)).log().sum()
    return -(right + wrong) / BATCH


def crd():
    modules = [Weights(300), Weights(340)]
    linear_s, linear_t = modules[0].dense(5, 8), modules[1].dense(6, 8)
    student = Student(modules)
    banks = [0.5 * stream([ENTRIES, 8], 700), 0.5 * stream([ENTRIES, 8], 702)]
    constants = [None, None]
    for step in range(2):
        x = images(2 * BATCH, 1 + step)
        v_s = F.normalize(dense(student.net(x)[1][:BATCH], linear_s))
        v_t = F.normalize(dense(taught(x[:BATCH])[0], linear_t))
        rows = torch.cat([POSITIONS[step][:, None], DRAWN[step]], 1)
        scores = [torch.exp((bank[rows] * v[:, None]).sum(2) / TAU) for bank, v in zip(banks, (v_t, v_s))]
        constants = [(s.mean() * ENTRIES).item() if c is None else c for s, c in zip(scores, constants)]
        of_teacher, of_student = (side(s / c) for s, c in zip(scores, constants))
        student.step({"student": (of_student, 0.8), "teacher": (of_teacher, 0.8)})
        with torch.no_grad():
            for bank, v in zip(banks, (v_s, v_t)):
                old = bank.clone()
                for i, at in enumerate(POSITIONS[step]):
                    bank[at] = F.normalize(0.5 * old[at] + 0.5 * v[i], dim=0)  # of an image that occurs twice the last counts
        kept = [torch.tensor(c, dtype=torch.float64) for c in constants]
        student.remember([banks[0], kept[0], banks[1], kept[1]], numbers)
    result["contrastive-representation"] = student.steps


def kl(s, t, temperature):
    p = (t / temperature).softmax(1)
    return temperature**2 * (p * (p.log() - F.log_softmax(s / temperature, 1))).sum(1)


def chosen(scores, target, share):
    """Rows whose target ranks first, and of the others the best ranked part."""
    rank = (scores.argsort(dim=1, descending=True, stable=True) == target[:, None]).int().argmax(1)
    wrong = torch.nonzero(rank > 0).flatten()
    best = wrong[rank[wrong].argsort(stable=True)][: int(share * len(wrong))]
    assert 0 < len(best) < len(wrong) or share == 1
    return torch.cat([torch.nonzero(rank == 0).flatten(), best])


def relations(z):
    return F.normalize(z[BATCH:]) @ F.normalize(z[:BATCH]).t()


def head(x, weights):
    return dense(dense(x, weights[:2]).relu(), weights[2:])


def sskd():
    """Four views; the teacher's head is trained in the first epoch and frozen in the second."""
    modules = [Weights(300), Weights(340)]
    for m, width in zip(modules, (5, 6)):
        m.dense(width, width), m.dense(width, width)
    student = Student(modules)
    frozen = Weights(700, trained=False)
    frozen.dense(6, 6), frozen.dense(6, 6)
    own = torch.arange(BATCH).repeat(3)
    for step in range(2):
        x = images(4 * BATCH, 1 + step)
        _, pooled, logits = student.net(x)
        pooled_t, logits_t = taught(x)
        transferred = chosen(logits_t[BATCH:], LABELS.repeat(3), 1.0)
        related = relations(head(pooled_t, frozen.all))
        rows = chosen(related, own, 0.75)
        terms = {
            "kl": (kl(logits[:BATCH], logits_t[:BATCH], 4.0).mean(), 0.9),
            "transfer": (kl(logits[BATCH:], logits_t[BATCH:], 4.0)[transferred].mean(), 2.7),
            "pretext": (kl(relations(head(pooled, modules[0].all)), related, 0.5)[rows].mean(), 10 * (step > 0)),
            "teacher-head": (F.cross_entropy(relations(head(pooled_t, modules[1].all)), own), 1 * (step == 0)),
        }
        student.step(terms)
        if step == 0:
            for old, now in zip(frozen.all, modules[1].all):
                old.copy_(now.detach())
        student.remember(frozen.all, numbers)
    result["self-supervised-distillation"] = student.steps


crd()
sskd()
write(__file__, result)
