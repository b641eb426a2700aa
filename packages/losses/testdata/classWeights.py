"""Golden values of class weights: python classWeights.py (needs torch). Writes classWeights.json."""

import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from cases import evaluate, write_cases

sys.path.append(str(Path(__file__).parents[3] / "tooling" / "reference"))
from common import stream

LABELS = torch.tensor([0, 3, 2, 4, 4, 1], dtype=torch.int32)
PARTNERS = torch.tensor([5, 4, 3, 2, 1, 0])


def cross_entropy(logits, labels, weights, smoothing=0.0):
    return F.cross_entropy(logits, labels.long(), torch.tensor(weights).double(), label_smoothing=smoothing)


def mixed(logits, labels, weights, smoothing=0.0, share=0.3):
    """Mixup as its authors write it: the criterion twice."""
    own, other = (cross_entropy(logits, y, weights, smoothing) for y in (labels, labels[PARTNERS]))
    return share * own + (1 - share) * other


def by_image(costs, labels, weights):
    """Each image by the weight of its class, over the sum of those weights, as cross_entropy counts."""
    w = torch.tensor(weights).double()[labels.long()]
    return (w * costs).sum() / w.sum()


def one_hot(logits, labels):
    return F.one_hot(labels.long(), logits.shape[1]).double()


def binary(logits, labels, weights):
    costs = F.binary_cross_entropy_with_logits(logits, one_hot(logits, labels), reduction="none")
    return by_image(costs.sum(1), labels, weights)


def focal(logits, labels, weights):
    """Lin et al. 2017, eq. 5, with alpha 0.25 and gamma 2."""
    targets = one_hot(logits, labels)
    wrong = torch.where(targets > 0, torch.sigmoid(-logits), torch.sigmoid(logits))
    right = torch.where(targets > 0, F.softplus(-logits), F.softplus(logits))
    return by_image((torch.where(targets > 0, 0.25, 0.75) * wrong**2 * right).sum(1), labels, weights)


cases = []
for scale in (2.0**-10, 3.0, 64.0):
    logits = scale * stream((6, 5), 6)
    for weights in ([1, 1, 1, 1, 1], [0.5, 2, 1, 3, 0.25], [0, 1, 0, 2, 1]):
        for name, function, options in (
            ("crossEntropy", cross_entropy, {}),
            ("crossEntropy", cross_entropy, {"smoothing": 0.1}),
            ("mixed", mixed, {}),
            ("mixed", mixed, {"smoothing": 0.2}),
            ("binaryCrossEntropy", binary, {}),
            ("focal", focal, {}),
        ):
            made = evaluate(lambda **i: function(**i, weights=weights, **options), {"logits": logits, "labels": LABELS})
            cases.append({"loss": name, "name": f"times {scale}", "options": options, "weights": weights, **made})
write_cases(__file__, cases)
