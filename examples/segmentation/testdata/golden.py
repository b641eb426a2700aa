"""Golden values of pixel-cross-entropy (PyTorch) and mean-iou (NumPy): python golden.py. Writes golden.json."""

import sys
from pathlib import Path

import numpy as np
import torch

sys.path.append(str(Path(__file__).parents[3] / "tooling" / "reference"))
from common import number, numbers, places, stream, write

NONE = -1


def masks(shape, classes, seed):
    """A class for each pixel; about a fifth have none."""
    drawn = ((places(shape, seed) + 1) / 2 * classes * 1.25).long()
    return torch.where(drawn < classes, drawn, NONE)


def cross_entropy(seed, shape, scale=1.0, mask=None):
    """Value and gradient by the logits [B, H, W, C] of the mean over pixels that have a class."""
    logits = (stream(shape, seed) * scale).requires_grad_()
    mask = masks(shape[:3], shape[3], seed + 1) if mask is None else mask
    loss = torch.nn.functional.cross_entropy(logits.permute(0, 3, 1, 2), mask, ignore_index=NONE)
    loss.backward()
    return {
        "shape": shape,
        "logits": numbers(logits),
        "mask": mask.flatten().tolist(),
        "value": number(loss),
        "gradient": numbers(logits.grad),
    }


def iou(seed, shape, classes, absent=()):
    """By the definition, a class at a time over all images; a class that is neither true nor said does not count."""
    truth, said = masks(shape, classes, seed).numpy(), masks(shape, classes, seed + 1).numpy()
    said = np.where(said == NONE, 0, said)
    for gone in absent:
        truth, said = np.where(truth == gone, NONE, truth), np.where(said == gone, 0, said)
    known = truth != NONE
    each = []
    for c in range(classes):
        both = np.sum(known & (truth == c) & (said == c))
        either = np.sum(known & ((truth == c) | (said == c)))
        each.append(both / either if either else None)
    there = [one for one in each if one is not None]
    return {
        "shape": shape,
        "truth": truth.flatten().tolist(),
        "said": said.flatten().tolist(),
        "each": [None if one is None else number(one) for one in each],
        "mean": number(np.mean(there)),
        "accuracy": number(np.mean(truth[known] == said[known])),
    }


write(
    __file__,
    {
        "crossEntropy": [
            cross_entropy(1, [2, 3, 4, 5]),
            cross_entropy(3, [1, 4, 4, 2], scale=500.0),
            cross_entropy(5, [2, 2, 3, 4], mask=torch.cat([torch.full((1, 2, 3), NONE), torch.ones((1, 2, 3)).long()])),
        ],
        "iou": [iou(7, [3, 6, 5], 4), iou(9, [2, 8, 8], 5, absent=[2])],
    },
)
