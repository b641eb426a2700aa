"""Golden values and gradients of the cross-entropy that all supervised objectives share, smoothed and not."""

import sys
from pathlib import Path

import torch
import torch.nn.functional as F

sys.path.append(str(Path(__file__).parents[3] / "tooling" / "reference"))
from common import numbers, stream, write

LABELS = torch.tensor([0, 3, 2, 4, 4, 1])


def case(scale, smoothing):
    logits = (scale * stream((6, 5), 6)).requires_grad_(True)
    value = F.cross_entropy(logits, LABELS, label_smoothing=smoothing)
    value.backward()
    return {"scale": scale, "smoothing": smoothing, "value": value.item(), "gradient": numbers(logits.grad)}


# Powers of two, which float32 multiplies by without rounding: nearly equal, usual and huge logits.
write(__file__, [case(s, e) for s in (2.0**-10, 3.0, 64.0, 1024.0) for e in (0.0, 0.1)])
