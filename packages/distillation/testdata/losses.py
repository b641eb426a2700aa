"""Golden values and gradients of the distillation losses, after the formulas of the CRD authors' benchmark suite."""

import sys
from pathlib import Path

import torch
import torch.nn.functional as F

sys.path.append(str(Path(__file__).parents[3] / "tooling" / "reference"))
from common import numbers, stream, write


def kl(s, t, temperature):
    return temperature**2 * F.kl_div(
        F.log_softmax(s / temperature, 1), F.softmax(t / temperature, 1), reduction="batchmean"
    )


def soft_cross_entropy(s, t, temperature):
    return -(F.softmax(t / temperature, 1) * F.log_softmax(s / temperature, 1)).sum(1).mean()


def attention(f):
    return F.normalize(f.pow(2).mean(1).flatten(1))


def attention_loss(s, t):
    size = tuple(min(a, b) for a, b in zip(s.shape[2:], t.shape[2:]))
    s, t = (x if tuple(x.shape[2:]) == size else F.adaptive_avg_pool2d(x, size) for x in (s, t))
    return (attention(s) - attention(t)).pow(2).mean()


def distances(e):
    square = e.pow(2).sum(1)
    d = (square[:, None] + square[None] - 2 * e @ e.t()).clamp(min=1e-12).sqrt().clone()
    d[range(len(e)), range(len(e))] = 0
    return d / d[d > 0].mean()


def angles(e):
    unit = F.normalize(e[None] - e[:, None], p=2, dim=2)
    return torch.bmm(unit, unit.transpose(1, 2))


def relational(s, t, distance, angle):
    return distance * F.smooth_l1_loss(distances(s), distances(t)) + angle * F.smooth_l1_loss(angles(s), angles(t))


def similarity(s, t):
    grams = [F.normalize(x.flatten(1) @ x.flatten(1).t()) for x in (s, t)]
    return (grams[1] - grams[0]).pow(2).sum() / len(s) ** 2


def neighbours(s, t):
    delta = (s - t).abs()
    return (delta[:-1] * delta[1:]).sum(1).mean()


def gaussian(x, gamma):
    cosine = F.normalize(x) @ F.normalize(x).t()
    series = sum((2 * gamma * cosine) ** p / (1, 1, 2)[p] for p in range(3))
    return torch.exp(torch.tensor(-2 * gamma, dtype=x.dtype)) * series


def kernel(s, t, gamma):
    return (gaussian(s, gamma) - gaussian(t, gamma)).pow(2).mean()


def whole_distance(s, t):
    return torch.dist(s, t)


def mean_squared_distance(s, t):
    return (s - t).pow(2).sum(1).mean()


def ensemble(branch, together, temperature):
    q = F.softmax(together / temperature, 1) + 1e-7
    return temperature**2 * (q * (q.log() - F.log_softmax(branch / temperature, 1))).sum(1).mean()


def case(loss, shape_s, shape_t, options=(), scale=1.0, seeds=(10, 11), relu=False):
    """Maps are written as [N, C, H, W]; `relu` makes them what a stage puts out."""
    s, t = (scale * stream(x, i) for x, i in zip((shape_s, shape_t), seeds))
    if relu:
        s, t = s.relu(), t.relu()
    s.requires_grad_(True)
    value = loss(s, t, *options)
    value.backward()
    return {
        "loss": loss.__name__,
        "options": list(options),
        "shapes": [shape_s, shape_t],
        "seeds": seeds,
        "scale": scale,
        "relu": relu,
        "value": float(f"{value.item():.12g}"),
        "gradient": numbers(s.grad),
    }


LOGITS = ([4, 5], [4, 5])
# Powers of two, which float32 multiplies by without rounding.
EXTREME = (2.0**-10, 2.0**10)
write(
    __file__,
    [
        *(case(kl, *LOGITS, [t], scale) for t in (1.0, 4.0) for scale in (3.0, 60.0)),
        *(case(soft_cross_entropy, *LOGITS, [t], scale) for t in (1.0, 3.0) for scale in (3.0, 60.0)),
        *(case(ensemble, *LOGITS, [t], scale) for t in (1.0, 3.0) for scale in (3.0, 60.0)),
        case(attention_loss, [4, 6, 8, 8], [4, 10, 4, 4], seeds=(12, 13), relu=True),
        case(attention_loss, [2, 3, 4, 4], [2, 5, 8, 8], seeds=(12, 13), relu=True),
        case(attention_loss, [2, 3, 7, 7], [2, 5, 4, 4], seeds=(12, 13), relu=True),
        case(attention_loss, [2, 3, 5, 5], [2, 5, 5, 5], seeds=(12, 13), relu=True, scale=1000.0),
        *(case(relational, [4, 8], [4, 12], o, seeds=(14, 15)) for o in ([25, 50], [1, 0], [0, 1])),
        case(relational, [6, 8], [6, 12], [25, 50], 500.0, (14, 15)),
        case(similarity, [4, 6, 8, 8], [4, 10, 4, 4], seeds=(12, 13), relu=True),
        case(similarity, [4, 6, 8, 8], [4, 10, 4, 4], seeds=(12, 13), relu=True, scale=100.0),
        case(neighbours, [4, 8], [4, 8], seeds=(14, 16)),
        case(kernel, [4, 8], [4, 8], [0.4], seeds=(14, 16)),
        case(whole_distance, [8, 16], [8, 16], seeds=(60, 61)),
        *(case(mean_squared_distance, [8, 16], [8, 16], seeds=(60, 61), scale=x) for x in (1.0, *EXTREME)),
        *(case(f, *LOGITS, [1.0], 1024.0) for f in (kl, soft_cross_entropy, ensemble)),
        *(case(similarity, [4, 6, 8, 8], [4, 10, 4, 4], seeds=(12, 13), relu=True, scale=x) for x in EXTREME),
        *(case(attention_loss, [2, 3, 5, 5], [2, 5, 5, 5], seeds=(12, 13), relu=True, scale=x) for x in EXTREME),
        *(case(relational, [4, 8], [4, 12], [25, 50], x, (14, 15)) for x in EXTREME),
        *(case(neighbours, [4, 8], [4, 8], seeds=(14, 16), scale=x) for x in EXTREME),
        *(case(kernel, [4, 8], [4, 8], [0.4], x, (14, 16)) for x in EXTREME),
        *(case(whole_distance, [8, 16], [8, 16], seeds=(60, 61), scale=x) for x in EXTREME),
    ],
)
