"""Golden values of the mutual KL divergence of side branches (DKS, DHM), with gradients for every branch's logits."""

import sys
from pathlib import Path

import torch

sys.path.append(str(Path(__file__).parents[3] / "tooling" / "reference"))
from common import numbers, stream, write

EPSILON = 1e-8


def smooth(logits, temperature):
    p = torch.softmax(logits / temperature, 1)
    return (p + EPSILON) / (1 + logits.shape[1] * EPSILON)


def kl(teaching, learning, temperature):
    p, q = smooth(teaching.detach(), temperature), smooth(learning, temperature)
    return temperature**2 * (p * (p.log() - q.log())).sum(1).mean()


def case(scale, temperature, sure=0.0):
    """Branches that are as sure of the first class as its logit says that is added."""
    first = torch.tensor([sure, 0, 0, 0, 0]).double()
    logits = [(first + scale * stream((4, 5), 30 + i)).float().double().requires_grad_(True) for i in range(3)]
    pairs = [kl(b, a, temperature) for a in logits for b in logits if a is not b]
    sum(pairs).backward()
    return {
        "scale": scale,
        "sure": sure,
        "temperature": temperature,
        "pairs": numbers(torch.stack(pairs)),
        "gradients": [numbers(x.grad) for x in logits],
    }


# From branches that agree to three digits to branches that contradict each other.
near = [case(scale, 1) for scale in (0.001, 0.01, 0.1, 0.3)]
write(__file__, [case(3, 1), case(3, 3), *near, case(0.1, 4), case(0.125, 1, sure=18.0), case(40, 1), case(40, 4)])
