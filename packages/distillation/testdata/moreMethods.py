"""Golden values and gradients of DKD, DIST, NKD, USKD, logit standardisation, PKT, NST, FitNet, ReviewKD, HSAKD and LSSKD.

After the formulas of their released code (the CRD and DKD authors' suites, and the authors' own), in float64.
"""

import sys
from pathlib import Path

import torch
import torch.nn.functional as F

sys.path.append(str(Path(__file__).parents[3] / "tooling" / "reference"))
from common import numbers, stream, write

LABELS = torch.tensor([0, 3, 2, 4])


def others(x, y):
    """All columns but each row's own."""
    return x[F.one_hot(y, x.shape[1]) == 0].reshape(len(x), -1)


def kl(s, t, temperature=1.0):
    p = F.log_softmax(t / temperature, 1)
    return temperature**2 * (p.exp() * (p - F.log_softmax(s / temperature, 1))).sum(1).mean()


def tckd(s, t, temperature, y=LABELS):
    def pair(x):
        x = x / temperature
        total = x.logsumexp(1)
        return torch.stack([x[range(len(x)), y] - total, others(x, y).logsumexp(1) - total], 1)

    p = pair(t)
    return temperature**2 * (p.exp() * (p - pair(s))).sum(1).mean()


def nckd(s, t, temperature, y=LABELS):
    return kl(others(s, y), others(t, y), temperature)


def dkd(s, t, alpha, beta, temperature):
    return alpha * tckd(s, t, temperature) + beta * nckd(s, t, temperature)


def correlation(a, b):
    a, b = (x - x.mean(1, keepdim=True) for x in (a, b))
    return (a * b).sum(1) / (a.norm(dim=1) * b.norm(dim=1) + 1e-8)


def inter(s, t, tau, scale=1):
    return (tau**2 if scale else 1) * (1 - correlation((s / tau).softmax(1), (t / tau).softmax(1)).mean())


def intra(s, t, tau, scale=1):
    rows = [(x / tau).softmax(1).t() for x in (s, t)]
    return (tau**2 if scale else 1) * (1 - correlation(*rows).mean())


def dist(s, t, weight, tau, scale=1):
    return weight * (inter(s, t, tau, scale) + intra(s, t, tau, scale))


def standardize(x, unbiased=1):
    return (x - x.mean(1, keepdim=True)) / (x.std(1, keepdim=True, correction=int(unbiased)) + 1e-7)


def z_kl(s, t, temperature, unbiased):
    return kl(standardize(s, unbiased), standardize(t, unbiased), temperature)


def z_dkd(s, t, alpha, beta, temperature):
    return dkd(standardize(s), standardize(t), alpha, beta, temperature)


def nkd_target(s, t, y=LABELS):
    rows = range(len(s))
    return -(t.softmax(1)[rows, y] * F.log_softmax(s, 1)[rows, y]).mean()


def nkd_rest(s, t, temperature, y=LABELS):
    p, q = (others(x / temperature, y) for x in (t, s))
    return -temperature**2 * (p.softmax(1) * F.log_softmax(q, 1)).sum(1).mean()


def nkd(s, t, gamma, temperature):
    return nkd_target(s, t) + gamma * nkd_rest(s, t, temperature)


def neighbours(x):
    x = x / (x.norm(dim=1, keepdim=True) + 1e-7)
    kernel = (x @ x.t() + 1) / 2
    return kernel / kernel.sum(1, keepdim=True)


def pkt(s, t):
    q, p = neighbours(s), neighbours(t)
    return (p * ((p + 1e-7) / (q + 1e-7)).log()).mean()


def pooled_alike(s, t):
    size = tuple(min(a, b) for a, b in zip(s.shape[2:], t.shape[2:]))
    return [x if tuple(x.shape[2:]) == size else F.adaptive_avg_pool2d(x, size) for x in (s, t)]


def nst(s, t):
    u, v = (F.normalize(x.flatten(2), dim=2) for x in pooled_alike(s, t))
    kernel = lambda a, b: (a @ b.transpose(1, 2)).pow(2).mean()
    return kernel(v, v) + kernel(u, u) - 2 * kernel(u, v)


def context(s, t):
    total, weights = F.mse_loss(s, t), 1.0
    side, weight = s.shape[2], 1.0
    for level in (4, 2, 1):
        if level >= side:
            continue
        weight /= 2
        total = total + weight * F.mse_loss(*(F.adaptive_avg_pool2d(x, level) for x in (s, t)))
        weights += weight
    return total / weights


def hint(s, t):
    return F.mse_loss(s, t)


def case(loss, shapes, options=(), scale=1.0, seeds=(10, 11), relu=False, **change):
    """`opposite`: the second row is the first one turned around; `constant`: the first row of the student is 1."""
    s, t = (scale * stream(x, i) for x, i in zip(shapes, seeds))
    if change.get("opposite"):
        s[1], t[2] = -s[0], -t[0]
    if change.get("constant"):
        s[0] = 1.0
    if relu:
        s, t = s.relu(), t.relu()
    s.requires_grad_(True)
    value = loss(s, t, *options)
    value.backward()
    return {
        "loss": loss.__name__,
        "options": list(options),
        "shapes": shapes,
        "seeds": seeds,
        "scale": scale,
        "relu": relu,
        **change,
        "value": float(f"{value.item():.12g}"),
        "gradient": numbers(s.grad),
    }


def self_distillation(by_probability):
    s = (3 * stream((4, 5), 10)).requires_grad_(True)
    w = (3 * stream((4, 5), 110)).requires_grad_(True)
    rows = range(4)
    p = s.softmax(1)[rows, LABELS]
    factor = (p**2 + 1 - (p**2).mean()).detach()
    target = -(factor * F.log_softmax(s, 1)[rows, LABELS]).mean()
    hard = F.one_hot(LABELS, 5)
    weak = -((0.9 * hard + 0.1 / 5) * F.log_softmax(w, 1)).sum(1).mean()
    q, v = w.softmax(1), s.softmax(1) if by_probability else F.log_softmax(s, 1)
    score = sum(x / (1 - x[rows, LABELS][:, None] + 1e-6) for x in (q, v)).detach()
    order = score.argsort(dim=1, descending=True, stable=True)
    ranks = order.argsort(dim=1) + 1
    share = others(1 / ranks.double(), LABELS)
    share = share / share.sum(1, keepdim=True)
    rest = -(share * F.log_softmax(others(s, LABELS), 1)).sum(1).mean()
    (1 * target + 0.1 * rest + 0.005 * weak).backward()
    return {
        "terms": [target.item(), rest.item(), weak.item()],
        "total": (target + 0.1 * rest + 0.005 * weak).item(),
        "ranks": ranks.tolist(),
        "gradients": [numbers(s.grad), numbers(w.grad)],
    }


def hint_through_regressor():
    s, t = stream((2, 3, 8, 8), 180).requires_grad_(True), stream((2, 5, 4, 4), 181)
    weight, bias = stream((5, 3, 3, 3), 183).requires_grad_(True), stream((5,), 182).requires_grad_(True)
    made = F.conv2d(s, weight, bias, stride=2, padding=1)
    made = F.batch_norm(made, torch.zeros(5).double(), torch.ones(5).double(), training=True, eps=1e-5).relu()
    value = F.mse_loss(made, t)
    value.backward()
    return {"value": value.item(), "gradients": [numbers(x.grad) for x in (s, weight)]}


def norm(x):
    width = x.shape[1]
    return F.batch_norm(x, torch.zeros(width).double(), torch.ones(width).double(), training=True, eps=1e-5)


def reviewed():
    """Three levels, deep to shallow: the pooled feature, f1, f0."""
    f0, f1, pooled = stream((4, 2, 8, 8), 160), stream((4, 3, 4, 4), 161), stream((4, 4), 162)
    inputs = [x.requires_grad_(True) for x in (f0, f1, pooled)]
    maps = [pooled[:, :, None, None], f1, f0]
    targets = [stream((4, 6), 175)[:, :, None, None], stream((4, 5, 4, 4), 174), stream((4, 3, 8, 8), 173)]
    values, lengths, handed = [], [], None
    for level, (x, target) in enumerate(zip(maps, targets)):
        k = 2 - level  # seeds go shallow to deep
        x = norm(F.conv2d(x, stream((4, x.shape[1], 1, 1), 163 + 2 * k)))
        if handed is not None:
            handed = F.interpolate(handed, x.shape[2:], mode="nearest")
            seed = 169 if k == 0 else 171
            attention = F.conv2d(torch.cat([x, handed], 1), stream((2, 8, 1, 1), seed), stream((2,), seed + 1)).sigmoid()
            x = x * attention[:, :1] + handed * attention[:, 1:]
        handed = x if x.shape[2:] == target.shape[2:] else F.interpolate(x, target.shape[2:], mode="nearest")
        made = norm(F.conv2d(handed, stream((target.shape[1], 4, 3, 3), 164 + 2 * k), padding=1))
        values.append(context(made, target))
        lengths.append(handed.norm().item())
    sum(values).backward()
    return {
        "levels": [v.item() for v in values],
        "total": sum(values).item(),
        "lengths": lengths,
        "gradients": [numbers(x.grad) for x in inputs],
    }


def turned():
    """HSAKD and LSSKD: eight rows, image after image, the four turns of each in order."""
    y = torch.tensor([2, 0])
    joint = torch.cat([4 * v + torch.arange(4) for v in y])
    student = [(3 * stream((8, w), s)).requires_grad_(True) for w, s in ((3, 120), (12, 121), (12, 122))]
    teacher = [3 * stream((8, w), s) for w, s in ((3, 123), (12, 124), (12, 125))]
    o, a1, a2 = student
    task = F.cross_entropy(o[0::4], y)
    kls = [kl(s, t, 3.0) for s, t in zip(student, teacher)]
    (task + sum(kls)).backward()
    hsakd = {
        "terms": [x.item() for x in (task, *kls)],
        "total": (task + sum(kls)).item(),
        "gradients": [numbers(x.grad) for x in student],
    }
    for x in student:
        x.grad = None
    parts = [F.cross_entropy(a1, joint), F.cross_entropy(a2, joint), kl(a1, a2.detach(), 3.0)]
    total = F.cross_entropy(o[0::4], y) + sum(parts)
    total.backward()
    lsskd = {
        "joint": joint.tolist(),
        "terms": [x.item() for x in (task, *parts)],
        "total": total.item(),
        "gradients": [numbers(x.grad) for x in student],
    }
    return {"hsakd": hsakd, "lsskd": lsskd}


LOGITS = ([4, 5], [4, 5])
MAPS = ([4, 6, 8, 8], [4, 10, 4, 4])
LARGE = 150.0
ROWS = ([4, 8], [4, 12])
write(
    __file__,
    {
        "losses": [
            *(case(f, LOGITS, [t], 3.0) for t in (4.0, 1.0) for f in (tckd, nckd)),
            case(dkd, LOGITS, [1, 8, 4.0], 3.0),
            case(dkd, LOGITS, [1, 0.5, 1.0], 3.0),
            *(case(f, LOGITS, [t], LARGE) for t in (4.0, 1.0) for f in (tckd, nckd)),
            case(nckd, LOGITS, [1.0], 3.0e4),
            case(tckd, LOGITS, [1.0], 3.0e4),
            case(inter, LOGITS, [1.0], 3.0),
            case(intra, LOGITS, [1.0], 3.0),
            case(dist, LOGITS, [1, 1.0], 3.0),
            case(dist, LOGITS, [2, 4.0], 3.0),
            case(dist, LOGITS, [2, 4.0, 0], 3.0),
            case(dist, LOGITS, [2, 4.0], 30.0),
            case(intra, ([1, 5], [1, 5]), [4.0], 3.0),
            case(inter, ([1, 5], [1, 5]), [4.0], 3.0),
            case(z_kl, LOGITS, [2.0, 1], 3.0),
            case(z_kl, LOGITS, [2.0, 0], 3.0),
            case(z_kl, LOGITS, [2.0, 1], 3.0e4),
            case(z_dkd, LOGITS, [9, 72, 2.0], 3.0),
            case(nkd_target, LOGITS, [], 3.0),
            case(nkd_rest, LOGITS, [1.0], 3.0),
            case(nkd_rest, LOGITS, [3.0], 3.0),
            case(nkd, LOGITS, [1.5, 1.0], 3.0),
            case(nkd, LOGITS, [3.5, 3.0], 3.0),
            case(nkd, LOGITS, [3.5, 3.0], LARGE),
            case(pkt, ROWS, seeds=(14, 15)),
            case(pkt, ROWS, seeds=(14, 15), scale=500.0),
            case(pkt, ROWS, seeds=(14, 15), relu=True),
            case(pkt, ROWS, seeds=(14, 15), opposite=True),
            case(nst, MAPS, seeds=(12, 13), relu=True),
            case(nst, ([2, 3, 4, 4], [2, 5, 8, 8]), seeds=(12, 13), relu=True),
            case(nst, ([2, 5, 2, 2], [2, 6, 3, 3]), seeds=(12, 13), relu=True),
            case(nst, ([2, 5, 2, 2], [2, 6, 2, 2]), seeds=(12, 13), relu=True, scale=1000.0),
            case(context, ([2, 3, 8, 8], [2, 3, 8, 8]), seeds=(100, 101)),
            case(context, ([2, 3, 3, 3], [2, 3, 3, 3]), seeds=(102, 103)),
            case(context, ([2, 3, 1, 1], [2, 3, 1, 1]), seeds=(102, 103)),
            case(hint, ([2, 3, 4, 4], [2, 3, 4, 4]), seeds=(100, 101)),
        ],
        "selfDistillation": [self_distillation(False), self_distillation(True)],
        "hint": hint_through_regressor(),
        "review": reviewed(),
        "turned": turned(),
    },
)
