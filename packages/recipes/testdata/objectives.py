"""Golden terms and gradients of whole objectives on a tiny network, in float64: python objectives.py. Writes objectives.json.

Every weight is the deterministic stream of its own seed, in the order in which it is made, in TensorFlow's layout.
"""

import torch
import torch.nn.functional as F
from tiny import Tiny, Weights, block, dense, heads_of, images, measured, mlp, norm, supcon, write

LABELS = torch.tensor([0, 3, 3, 1])
BOTH = LABELS.repeat(2)
BATCH = 4


def smooth_kl(teaching, learning):
    p, q = ((x.softmax(1) + 1e-8) / (1 + 1e-8 * x.shape[1]) for x in (teaching.detach(), learning))
    return (p * (p / q).log()).sum(1).mean()


batch = images(2 * BATCH, 1)
first = slice(0, BATCH)
PLANES, WIDE = [4, 6, 8, 10], [6, 8, 10, 12]
student = lambda: Tiny(PLANES, 100)
teacher = lambda: Tiny(WIDE, 200, trained=False)
result = {}


def record(name, network, modules, terms):
    result[name] = measured(terms, [network.weights, *modules])


def cross_entropy():
    net = student()
    record("cross-entropy", net, [], {"ce": (F.cross_entropy(net(batch)[2][first], LABELS), 1)})


def deeply_supervised():
    net = student()
    maps, _, _ = net(batch)
    modules = [Weights(300 + 40 * i) for i in range(3, 6)]  # after three heads without weights
    terms = {}
    for i, m in enumerate(modules):
        terms[f"stage{i + 1}"] = (F.cross_entropy(dense(maps[i][first].mean((2, 3)), m.dense(PLANES[i], 5)), LABELS), 1)
    record("deeply-supervised-nets", net, modules, terms)


def branch(m, x, widths):
    for a, b in zip(widths, widths[1:]):
        x = block(x, m.block(a, b), 2, True)
    return dense(x.mean((2, 3)), m.dense(widths[-1], 5))


def synergy():
    net = student()
    maps, _, logits = net(batch)
    modules = [Weights(300), Weights(340)]
    sides = [branch(modules[0], maps[1][first], [6, 8, 10]), branch(modules[1], maps[2][first], [8, 20])]
    everyone = [logits[first], *sides]
    kl = sum(smooth_kl(t, l) for l in everyone for t in everyone if t is not l)
    terms = {f"branch{i + 1}": (F.cross_entropy(s, LABELS), 1) for i, s in enumerate(sides)}
    record("knowledge-synergy", net, modules, {**terms, "kl": (kl, 1)})


def native_ensemble():
    net = student()
    maps, _, logits = net(batch)
    modules = [Weights(300), Weights(340), Weights(380)]
    x = maps[2][first]
    sides = [branch(m, x, [8, 10]) for m in modules[:2]]
    w, g = modules[2].dense(8, 3), modules[2].norm(3)
    gate = norm(dense(x.mean((2, 3)), w), *g, True).relu().softmax(1)
    everyone = [logits[first], *sides]
    together = (gate[:, :, None] * torch.stack(everyone, 1)).sum(1)
    q = (together.detach() / 3).softmax(1) + 1e-7
    kl = sum(9 * (q * (q.log() - F.log_softmax(o / 3, 1))).sum(1).mean() for o in everyone)
    terms = {f"branch{i + 2}": (F.cross_entropy(s, LABELS), 1) for i, s in enumerate(sides)}
    ramp = float(torch.exp(torch.tensor(-5.0, dtype=torch.float64)))
    record("native-ensemble", net, modules, {**terms, "ensemble": (F.cross_entropy(together, LABELS), 1), "kl": (kl, ramp)})


def contrastive():
    net = student()
    maps, pooled, _ = net(batch)
    modules, heads = heads_of(PLANES[:3], 300, 6)
    terms = {f"stage{i + 1}": (supcon(mlp(maps[i], *h), BOTH), 0.1) for i, h in enumerate(heads)}
    record("contrastive-deep-supervision", net, modules, {**terms, "final": (supcon(pooled, BOTH), 0.1)})


def cds_distillation():
    net, other = student(), teacher()
    maps, pooled, logits = net(batch)
    modules, heads = heads_of(PLANES[:3], 300, 6)
    adapter = Weights(420)
    adapted = dense(F.normalize(pooled), adapter.dense(10, 12))
    _, heads_t = heads_of(WIDE[:3], 500, 6, trained=False)
    with torch.no_grad():
        maps_t, pooled_t, logits_t = other(batch, keep=True)
        embedded = [F.normalize(mlp(m, *h)) for m, h in zip(maps_t, heads_t)]
    terms = {f"stage{i + 1}": (supcon(mlp(maps[i], *h), BOTH), 0.1) for i, h in enumerate(heads)}
    terms["final"] = (supcon(pooled, BOTH), 0.1)
    for i, h in enumerate(heads):
        terms[f"distance/stage{i + 1}"] = ((F.normalize(mlp(maps[i], *h)) - embedded[i]).norm(), 0.1)
    terms["distance/final"] = ((adapted - F.normalize(pooled_t)).norm(), 0.1)
    soft = -((logits_t[first] / 3).softmax(1) * F.log_softmax(logits[first] / 3, 1)).sum(1).mean()
    record("cds-distillation", net, [*modules, adapter], {**terms, "logits": (soft, 1)})


def attention(f):
    return F.normalize(f.pow(2).mean(1).flatten(1))


def distances(e):
    d = (e[:, None] - e[None]).pow(2).sum(2).clamp(min=1e-12).sqrt() * (1 - torch.eye(len(e)))
    return d / d[d > 0].mean()


def angles(e):
    unit = F.normalize(e[None] - e[:, None], dim=2)
    return torch.bmm(unit, unit.transpose(1, 2))


def taught(name, terms_of, modules=()):
    net, other = student(), teacher()
    seen = [[m[first] for m in (x if isinstance(x, list) else [x])] for x in net(batch)]
    with torch.no_grad():
        known = [x if isinstance(x, list) else [x] for x in other(batch[first], training=False)]
    record(name, net, modules, terms_of(seen, known))


def distillation():
    kl = lambda s, t: 16 * F.kl_div(F.log_softmax(s / 4, 1), (t / 4).softmax(1), reduction="batchmean")
    taught("knowledge-distillation", lambda s, t: {"kl": (kl(s[2][0], t[2][0]), 0.9)})
    at = lambda s, t: sum((attention(a) - attention(b)).pow(2).mean() for a, b in zip(s, t))
    taught("attention-transfer", lambda s, t: {"attention": (at(s[0], t[0]), 1000)})
    rkd = lambda s, t: 25 * F.smooth_l1_loss(distances(s), distances(t)) + 50 * F.smooth_l1_loss(angles(s), angles(t))
    taught("relational-distillation", lambda s, t: {"relations": (rkd(s[1][0], t[1][0]), 1)})
    gram = lambda x: F.normalize(x.flatten(1) @ x.flatten(1).t())
    sp = lambda s, t: (gram(s) - gram(t)).pow(2).sum() / BATCH**2
    taught("similarity-preserving", lambda s, t: {"similarity": (sp(s[0][-1], t[0][-1]), 3000)})
    ws, wt = Weights(300), Weights(340)
    es, et = ws.dense(10, 128), wt.dense(12, 128)
    delta = lambda s, t: (dense(s, es) - dense(t, et)).abs()
    cc = lambda d: (d[:-1] * d[1:]).sum(1).mean()
    taught("correlation-congruence", lambda s, t: {"correlation": (cc(delta(s[1][0], t[1][0])), 0.02)}, [ws, wt])


def mixed(name, together, share):
    """The loss of images that are mixed with the batch read backwards, shared out between both labels."""
    net = student()
    logits = net(together(batch[first], batch[first].flip(0)), keep=True)[2]
    ce = share * F.cross_entropy(logits, LABELS) + (1 - share) * F.cross_entropy(logits, LABELS.flip(0))
    record(name, net, [], {"ce": (ce, 1)})


def mixing():
    mixed("mixup", lambda x, y: 0.3 * x + 0.7 * y, 0.3)
    # CutMix at a share of 0.6 around row 1, column 5: a cut of 5 pixels, by halves of 2, that the border shortens.
    cut = int(8 * (1 - 0.6) ** 0.5) // 2
    inside = torch.zeros(8, 8).double()
    inside[max(0, 1 - cut) : 1 + cut, 5 - cut : min(8, 5 + cut)] = 1
    mixed("cutmix", lambda x, y: x * (1 - inside) + y * inside, 1 - inside.mean().item())


cross_entropy()
deeply_supervised()
synergy()
native_ensemble()
contrastive()
cds_distillation()
distillation()
mixing()
write(__file__, result)
