"""Golden values and gradients of pseudo-labelling (FixMatch) and of Mean Teacher's consistency."""

import sys
from pathlib import Path

import torch
import torch.nn.functional as F

sys.path.append(str(Path(__file__).parents[3] / "tooling" / "reference"))
from common import number, numbers, stream, write


def pseudo(weak, strong, threshold):
    confidence, label = weak.detach().softmax(1).max(1)
    mask = (confidence >= threshold).double()
    return (mask * F.cross_entropy(strong, label, reduction="none")).mean(), mask


def consistency(student, teacher):
    return (student.softmax(1) - teacher.detach().softmax(1)).pow(2).mean()


def case(scale_weak, scale_strong, threshold):
    weak, strong = scale_weak * stream((6, 5), 91), (scale_strong * stream((6, 5), 92)).requires_grad_(True)
    value, mask = pseudo(weak, strong, threshold)
    value.backward()
    result = {
        "scales": [scale_weak, scale_strong],
        "threshold": threshold,
        "mask": mask.tolist(),
        "pseudo": number(value.item(), 12),
        "pseudoGradient": numbers(strong.grad),
    }
    strong.grad = None
    mse = consistency(strong, weak)
    mse.backward()
    return {**result, "consistency": number(mse.item(), 12), "consistencyGradient": numbers(strong.grad)}


write(__file__, [case(12, 3, 0.95), case(12, 3, 0.5), case(0.01, 0.01, 0.95), case(80, 60, 0.95)])
