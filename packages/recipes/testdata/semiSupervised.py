"""Golden steps of objectives with labelled and unlabelled images, on a tiny network in float64: python semiSupervised.py.

Four labelled and three unlabelled images in two views each: one batch for the network and its batch norm.
"""

import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from stateful import PLANES, Student
from tiny import Tiny, heads_of, images, mlp, numbers, supcon, write

sys.path.append(str(Path(__file__).parents[2] / "semi-supervised" / "testdata"))
from reweighting import FreeMatch, SoftMatch

LABELS = torch.tensor([0, 3, 3, 1])
weak, strong, labelled, unlabelled = slice(8, 11), slice(11, 14), slice(0, 8), slice(8, 14)
PAIRS = torch.arange(3).repeat(2)
result = {}


def contrastive(joint):
    modules, heads = heads_of(PLANES[:3], 300, 4)
    student = Student(modules)
    maps, pooled, logits = student.net(images(14, 1))
    terms = {"supervised/ce": (F.cross_entropy(logits[:4], LABELS), 1)}
    places = {f"stage{i + 1}": mlp(maps[i], *h) for i, h in enumerate(heads)}
    for name, z in {**places, "final": pooled}.items():
        if joint:
            terms[name] = (supcon(z, torch.cat([LABELS.repeat(2), 100 + PAIRS])), 0.1)
        else:
            terms[name] = (supcon(z[labelled], LABELS.repeat(2)), 0.1)
            terms[f"{name}/unlabelled"] = (supcon(z[unlabelled], PAIRS), 0.1)
    student.step(terms)
    result["joint" if joint else "separate"] = student.steps


def pseudo(name, learner, ramp):
    """The class of the weak view where its probability reaches 0.6; the mean over all, sure or not."""
    student = Student()
    logits = student.net(images(14, 1))[2]
    top, label = logits[weak].detach().softmax(1).max(1)
    sure = (top >= 0.6).double()
    assert 0 < sure.sum() < len(sure)
    loss = (sure * F.cross_entropy(logits[learner], label, reduction="none")).mean()
    student.step({"unlabelled": (loss, ramp), "confident": (sure.mean(), 0)})
    result[name] = student.steps


def freematch():
    student, even = Student(), torch.full([5], 0.2).double()
    method = FreeMatch(0.5, even[0], even, even)
    for step in range(3):
        logits = student.net(images(14, 1 + step))[2]
        _, mask, loss, fairness = method.step(logits[weak], logits[strong])
        threshold = method.threshold
        student.step({"unlabelled": (loss, 1), "confident": (mask.mean(), 0), "fairness": (fairness, 0.05), "threshold": (threshold, 0)})
        student.remember(method.state().values(), numbers)
    result["freematch"] = student.steps


def softmatch():
    student = Student()
    method = SoftMatch(0.5, 2, True, torch.tensor(0.2).double(), torch.tensor(1.0).double())
    for step in range(3):
        logits = student.net(images(14, 1 + step))[2]
        weights, loss = method.step(logits[weak], logits[strong])
        student.step({"unlabelled": (loss, 1), "confident": (weights.mean(), 0)})
        student.remember(method.state().values(), numbers)
    result["softmatch"] = student.steps


def mean_teacher():
    student = Student()
    average = Tiny(PLANES, 700, trained=False)
    average.weights.fill_running()
    for step in range(3):
        x = images(14, 1 + step)
        logits = student.net(x)[2]
        with torch.no_grad():
            target = average(x[weak], keep=True)[2].softmax(1)
        ramp = min(1.0, (1 + step) / 2)
        student.step({"consistency": ((logits[strong].softmax(1) - target).pow(2).mean(), 50 * ramp)})
        decay = min(0.6, 1 - 1 / (step + 1))
        with torch.no_grad():
            for old, now in zip(average.weights.all, student.net.weights.all):
                old.copy_(decay * old + (1 - decay) * now)
            average.weights.running = [[x.clone() for x in stat] for stat in student.net.weights.running]
        student.remember(average.weights.state(), numbers)
    result["mean-teacher"] = student.steps


contrastive(joint=False)
contrastive(joint=True)
pseudo("pseudo-label", weak, 3 / 12)
pseudo("fixmatch", strong, 1)
freematch()
softmatch()
mean_teacher()
write(__file__, result)
