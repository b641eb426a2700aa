"""Golden values and gradients of CRD's noise contrast with its banks, and of SSKD's selective transfer."""

import torch
import torch.nn.functional as F
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
    head = F.cross_entropy(cos_t, own)
    return {
        "terms": [x.item() for x in (l1, l2, l3, l4)],
        "total": total.item(),
        "logitGradient": numbers(o_s.grad),
        "projectionGradient": numbers(z_s.grad),
        "rank": rank.tolist(),
        "kept": kept.tolist(),
        "pretext": head.item(),
    }


write("contrast.json", {"contrast": contrast(), "transfer": transfer()})
