"""Golden values of compared gradients: python agreement.py (needs torch). Writes agreement.json.

A contrastive term and the task's at one layer, in float64. Inputs are T(shape, seed), which both sides draw by the same hash.
"""

import sys
from pathlib import Path

import torch
import torch.nn.functional as F

sys.path.append(str(Path(__file__).parents[3] / "tooling" / "reference"))
from common import number, numbers, places, write


def gradients():
    """Rows 0-3 are view 1 and 4-7 view 2, which the task does not look at."""
    w = places((6, 5), 741).requires_grad_()
    h = F.relu(places((8, 6), 740) @ w)
    h.retain_grad()
    task = F.cross_entropy(h[:4] @ places((5, 3), 742), torch.tensor([0, 1, 2, 1]))
    z = F.normalize(h)
    y = torch.tensor([0, 1, 2, 1] * 2)
    logits = z @ z.T / 0.5
    logits.fill_diagonal_(-torch.inf)
    positive = (y[:, None] == y[None, :]).double().fill_diagonal_(0)
    log_p = torch.log_softmax(logits, 1).masked_fill(torch.eye(8, dtype=bool), 0)
    contrast = -((positive * log_p).sum(1) / positive.sum(1)).mean()
    task_h, task_w = torch.autograd.grad(task, [h, w], retain_graph=True)
    own_h, own_w = torch.autograd.grad(contrast, [h, w])
    each = F.cosine_similarity(own_h[:4], task_h[:4])
    return {
        "task": number(task.item()),
        "contrast": number(contrast.item()),
        "images": numbers(each),
        "byImage": number(each.mean()),
        "parameters": number(F.cosine_similarity(own_w.flatten(), task_w.flatten(), 0)),
        "ratio": number(own_w.norm() / task_w.norm()),
    }


write(__file__, gradients())
