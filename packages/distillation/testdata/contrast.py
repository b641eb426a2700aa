"""Golden values and gradients of CRD's noise contrast with its banks, and of SSKD's selective transfer."""

import sys
from pathlib import Path

import torch
import torch.nn.functional as F

sys.path.append(str(Path(__file__).parents[3] / "tooling" / "reference"))
from common import numbers, stream, write

TAU, SIZE, WIDTH, NEGATIVES, EPSILON = 0.07, 20, 8, 6, 1e-7
DRAWN = torch.tensor(
    [[3, 1, 2, 4, 5, 6, 8], [7, 0, 1, 2, 19, 18, 17], [0, 9, 10, 11, 12, 13, 14], [11, 15, 16, 17, 18, 19, 1]]
)


def side(x):
    noise = NEGATIVES / SIZE
    own = (x[:, 0] / (x[:, 0] + noise + EPSILON)).log().sum()
    others = (noise / (x[:, 1:] + noise + EPSILON)).log().sum()
    return -(own + others) / len(x)


def contrast():
    v = [F.normalize(stream((4, WIDTH), s)).requires_grad_(True) for s in (20, 21)]
    banks = [stream((SIZE, WIDTH), s) / (WIDTH / 3) ** 0.5 for s in (22, 23)]
    result = {}
    for name, own, other in (("student", v[0], banks[1]), ("teacher", v[1], banks[0])):
        out = torch.exp((other[DRAWN] * own[:, None]).sum(2) / TAU)
        partition = (out.mean() * SIZE).detach()
        value = side(out / partition)
        value.backward()
        result[name] = {"partition": partition.item(), "side": value.item(), "gradient": numbers(own.grad)}
    with torch.no_grad():
        bank, y = banks[0].clone(), DRAWN[:, 0]
        bank[y] = F.normalize(0.5 * bank[y] + 0.5 * v[0])
    return {**result, "movedBank": numbers(bank)}


def selective(s, t, target, temperature, share):
    order = t.argsort(dim=1, descending=True, stable=True)
    rank = (order == target[:, None]).int().argmax(1)
    wrong = torch.nonzero(rank > 0).flatten()
    best = wrong[rank[wrong].argsort(stable=True)][: int(share * len(wrong))]
    kept = torch.cat([torch.nonzero(rank == 0).flatten(), best]).sort().values
    loss = F.kl_div(F.log_softmax(s[kept] / temperature, 1), F.softmax(t[kept] / temperature, 1), reduction="batchmean")
    return temperature**2 * loss, rank, kept


def pretext(aug, plain):
    return F.cosine_similarity(aug[:, None], plain[None], dim=2)


def transfer():
    y = torch.tensor([1, 4, 0])
    plain, aug = [0, 4, 8], [i for i in range(12) if i % 4]
    o_s, o_t = ((3 * stream((12, 5), s)) for s in (50, 51))
    z_s, z_t = (stream((12, 6), s) for s in (52, 53))
    o_s.requires_grad_(True)
    z_s.requires_grad_(True)
    own = torch.arange(3).repeat_interleave(3)
    l1 = F.cross_entropy(o_s[plain], y)
    l2 = 16 * F.kl_div(F.log_softmax(o_s[plain] / 4, 1), F.softmax(o_t[plain] / 4, 1), reduction="batchmean")
    l3, _, _ = selective(o_s[aug], o_t[aug], y.repeat_interleave(3), 4.0, 1.0)
    cos_s, cos_t = (pretext(z[aug], z[plain]) for z in (z_s, z_t))
    l4, rank, kept = selective(cos_s, cos_t, own, 0.5, 0.75)
    total = 0.1 * l1 + 0.9 * l2 + 2.7 * l3 + 10 * l4
    total.backward()
    plain_t, aug_t = (z_t[rows].clone().requires_grad_(True) for rows in (plain, aug))
    head = F.cross_entropy(pretext(aug_t, plain_t), own)
    head.backward()
    return {
        "terms": [x.item() for x in (l1, l2, l3, l4)],
        "total": total.item(),
        "logitGradient": numbers(o_s.grad),
        "projectionGradient": numbers(z_s.grad),
        "rank": rank.tolist(),
        "kept": kept.tolist(),
        "pretext": head.item(),
        "pretextGradients": [numbers(aug_t.grad), numbers(plain_t.grad)],
    }


def noise(positive, negative, size, negatives):
    """The contrast alone, for probabilities of any size."""
    x0, x = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (positive, negative))
    a = negatives / size
    value = -((x0 / (x0 + a + EPSILON)).log().sum() + (a / (x + a + EPSILON)).log().sum()) / len(x0)
    value.backward()
    return {
        "positive": positive,
        "negative": negative,
        "size": size,
        "negatives": negatives,
        "value": value.item(),
        "gradients": [numbers(x0.grad), numbers(x.grad)],
    }


def ensemble():
    """All terms of ONE from three branches and a gate: who gets which gradient."""
    branches = [(3 * stream((4, 5), s)).requires_grad_(True) for s in (30, 31, 32)]
    gate = stream((4, 3), 40).requires_grad_(True)
    y = torch.tensor([0, 3, 2, 4])
    together = (gate.softmax(1)[:, :, None] * torch.stack(branches, 1)).sum(1)
    q = F.softmax(together.detach() / 3, 1) + 1e-7
    value = F.cross_entropy(together, y)
    for branch in branches:
        kl = (q * (q.log() - F.log_softmax(branch / 3, 1))).sum(1).mean()
        value = value + F.cross_entropy(branch, y) + 9 * kl
    value.backward()
    return {"value": value.item(), "gradients": [numbers(x.grad) for x in (*branches, gate)]}


write(
    __file__,
    {
        "contrast": contrast(),
        "transfer": transfer(),
        "ensemble": ensemble(),
        "noise": [
            noise([0.5, 2.0], [[0.125, 3.0], [1.0, 0.25]], 40, 3),
            noise([2.0**-20, 2.0**20], [[2.0**-20, 2.0**20], [2.0**-10, 0.0]], 40, 3),
            noise([2.0**10, 1.0], [[2.0**-12, 2.0**-14], [2.0**-13, 2.0**-15]], 50000, 16384),
        ],
    },
)
