"""Golden values of all losses but SupCon and NT-Xent: python losses.py (needs torch). Writes losses.json."""

import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from cases import evaluate, write_cases

sys.path.append(str(Path(__file__).parents[3] / "tooling" / "reference"))
from common import stream

unit = lambda x: F.normalize(x, dim=1)
whole = lambda *values: torch.tensor(values, dtype=torch.int32)


def info_nce(features, temperature=0.07):
    a, b = unit(features).chunk(2)
    logits = a @ b.T / temperature
    own = torch.arange(len(a))
    return (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2


def dcl(features, temperature=0.1, sigma=None):
    z = unit(features)
    a, b = z.chunk(2)
    n = len(a)
    agree = (a * b).sum(1)
    weight = torch.ones(n, dtype=z.dtype) if sigma is None else 2 - n * torch.softmax(agree / sigma, 0).detach()
    total = 0
    for i in range(2 * n):
        negatives = [z[i] @ z[j] / temperature for j in range(2 * n) if j % n != i % n]
        total = total + torch.logsumexp(torch.stack(negatives), 0) - weight[i % n] * agree[i % n] / temperature
    return total / (2 * n)


def moco(query, key, queue, temperature=0.07):
    q, k, old = unit(query), unit(key).detach(), unit(queue).detach()
    logits = torch.cat([(q * k).sum(1, keepdim=True), q @ old.T], 1) / temperature
    return F.cross_entropy(logits, torch.zeros(len(q), dtype=torch.long))


def byol(predictions, targets):
    p, t = unit(predictions).chunk(2), unit(targets).detach().chunk(2)
    return sum((2 - 2 * (p[i] * t[1 - i]).sum(1)).mean() for i in range(2))


def simsiam(predictions, targets):
    p, t = unit(predictions).chunk(2), unit(targets).detach().chunk(2)
    return sum(-(p[i] * t[1 - i]).sum(1).mean() for i in range(2)) / 2


def barlow(features, weight=5e-3):
    a, b = (((x - x.mean(0)) / torch.sqrt(x.var(0, unbiased=False) + 1e-5)) for x in features.chunk(2))
    c = a.T @ b / len(a)
    diagonal = torch.diagonal(c)
    return ((diagonal - 1) ** 2).sum() + weight * ((c**2).sum() - (diagonal**2).sum())


def vicreg(features, invariance=25.0, variance=25.0, covariance=1.0):
    a, b = features.chunk(2)
    loss = invariance * F.mse_loss(a, b)
    for x in (a, b):
        c = torch.cov(x.T)
        loss = loss + variance / 2 * torch.relu(1 - torch.sqrt(torch.diagonal(c) + 1e-4)).mean()
        loss = loss + covariance * (c - torch.diag(torch.diagonal(c))).pow(2).sum() / x.shape[1]
    return loss


def triplet(anchor, positive, negative, margin=0.3):
    return F.triplet_margin_loss(anchor, positive, negative, margin=margin)


def batch_triplet(features, labels=None, margin=0.3, miner="hard"):
    """Triplets of a batch, one after the other; each distance is that of two unit rows."""
    z = unit(features)
    n = len(z)
    group = (torch.arange(n // 2).repeat(2) if labels is None else labels.repeat(n // len(labels))).tolist()
    d = lambda i, j: (z[i] - z[j]).norm() if not torch.equal(z[i], z[j]) else 0 * z[i].sum()
    hinges = []
    for i in range(n):
        positives = [d(i, j) for j in range(n) if j != i and group[j] == group[i]]
        negatives = [d(i, j) for j in range(n) if group[j] != group[i]]
        if not positives or not negatives:
            continue
        if miner == "hard":
            hinges.append(max(positives) - min(negatives) + margin)
        elif miner == "all":
            hinges += [h for p in positives for m in negatives if (h := p - m + margin) > 0]
        else:
            for p in positives:
                farther = [m for m in negatives if m > p]
                hinges.append(p - (min(farther) if farther else max(negatives)) + margin)
    return torch.relu(torch.stack(hinges)).mean() if hinges else (z * 0).sum()


def swav(scores, epsilon=0.05, iterations=3, temperature=0.1):
    """Sinkhorn-Knopp on probabilities, as the paper writes it: rows are prototypes, columns samples."""

    def assign(s):
        q = torch.exp(s.detach() / epsilon).T
        q = q / q.sum()
        k, b = q.shape
        for _ in range(iterations):
            q = q / q.sum(1, keepdim=True) / k
            q = q / q.sum(0, keepdim=True) / b
        return (q * b).T

    a, b = scores.chunk(2)
    one = -(assign(b) * F.log_softmax(a / temperature, 1)).sum(1).mean()
    return (one - (assign(a) * F.log_softmax(b / temperature, 1)).sum(1).mean()) / 2


def cross_entropy(logits, labels, smoothing=0.0):
    return F.cross_entropy(logits, labels.long(), label_smoothing=smoothing)


def soft_cross_entropy(logits, targets):
    return F.cross_entropy(logits, targets)


def one_hot(logits, labels):
    return F.one_hot(labels.long(), logits.shape[1]).double()


def binary(logits, labels):
    return F.binary_cross_entropy_with_logits(logits, one_hot(logits, labels), reduction="none").sum(1).mean()


def focal_terms(logits, targets, alpha, gamma):
    wrong = torch.where(targets > 0, torch.sigmoid(-logits), torch.sigmoid(logits))
    weight = torch.where(targets > 0, alpha, 1 - alpha)
    right = torch.where(targets > 0, F.softplus(-logits), F.softplus(logits))
    return weight * wrong.clamp_min(1e-300) ** gamma * right  # the derivative of a power below 1 is infinite at 0


def focal(logits, labels, alpha=0.25, gamma=2.0):
    return focal_terms(logits, one_hot(logits, labels), alpha, gamma).sum(1).mean()


A, B = stream([4, 8], 0), stream([4, 8], 1)
TWO, Y = torch.cat([A, B]), whole(0, 1, 0, 2)
ROW = stream([1, 6], 7).repeat(6, 1)
WIDE = stream([12, 24], 11)
LOGITS = (3 * stream([4, 5], 6)).float().double()
LARGE = torch.tensor([[1e4, 0, -1e4, 5, 1], [-3e4, -3e4, 3e4, 0, 0], [60, -60, 0.5, 0, 80], [0, 0, 0, 0, 0]]).double()
LABELS = whole(0, 3, 2, 4)
near = lambda x, scale: (x + scale * stream(list(x.shape), 33)).float().double()

cases = []


def case(loss, name, function, inputs, options=None):
    options = options or {}
    rename = {"offDiagonal": "weight"}
    arguments = {rename.get(k, k): v for k, v in options.items()}
    cases.append({"loss": loss, "name": name, "options": options, **evaluate(lambda **x: function(**x, **arguments), inputs)})


for loss, function, options in (
    ("infoNce", info_nce, [{"temperature": t} for t in (0.05, 0.07, 1)]),
    ("dcl", dcl, [{"temperature": t} for t in (0.05, 0.1, 1)]),
    ("dclw", lambda features, temperature=0.1, sigma=0.5: dcl(features, temperature, sigma), [{}, {"sigma": 0.1}]),
    ("barlowTwins", barlow, [{}, {"offDiagonal": 0.1}]),
    ("vicReg", vicreg, [{}, {"invariance": 1, "variance": 3, "covariance": 2}]),
):
    for o in options:
        case(loss, "two views", function, {"features": TWO}, o)
        case(loss, "views nearly equal", function, {"features": torch.cat([A, near(A, 1e-3)])}, o)
    case(loss, "equal vectors", function, {"features": ROW})
    case(loss, "wide", function, {"features": WIDE})
    if loss not in ("barlowTwins", "vicReg"):
        case(loss, "opposite vectors", function, {"features": torch.cat([ROW[:3], -ROW[:3]])})
    else:
        case(loss, "large features", function, {"features": (TWO * 100).float().double()})

queue = unit(stream([16, 8], 2)).float().double()
for t in (0.05, 0.07, 0.2, 1):
    case("mocoInfoNce", "handbook", moco, {"query": A, "key": B, "queue": queue}, {"temperature": t})
    case("mocoInfoNce", "key equals query", moco, {"query": A, "key": A, "queue": queue}, {"temperature": t})
P = torch.cat([stream([4, 8], 3), stream([4, 8], 4)])
for loss, function in (("byol", byol), ("simSiam", simsiam)):
    case(loss, "handbook", function, {"predictions": P, "targets": TWO})
    case(loss, "all equal", function, {"predictions": ROW, "targets": ROW})
    case(loss, "wide", function, {"predictions": WIDE, "targets": stream([12, 24], 12)})
C = stream([4, 8], 5)
for m in (0.3, 1.0):
    case("triplet", "handbook", triplet, {"anchor": A, "positive": B, "negative": C}, {"margin": m})
case("triplet", "all equal", triplet, {"anchor": A, "positive": A, "negative": A})
for miner in ("hard", "semi-hard", "all"):
    case("batchTriplet", "two views", batch_triplet, {"features": TWO, "labels": Y}, {"miner": miner})
    case("batchTriplet", "margin 1", batch_triplet, {"features": TWO, "labels": Y}, {"miner": miner, "margin": 1})
    case("batchTriplet", "no labels", batch_triplet, {"features": TWO}, {"miner": miner})
    case("batchTriplet", "some once", batch_triplet, {"features": WIDE, "labels": whole(0, 0, 1, 2, 2, 2, 3, 4, 1, 5, 6, 7)}, {"miner": miner})
    case("batchTriplet", "all alike", batch_triplet, {"features": TWO, "labels": whole(1, 1, 1, 1)}, {"miner": miner})
    case("batchTriplet", "equal vectors", batch_triplet, {"features": ROW, "labels": whole(0, 1, 1)}, {"miner": miner})
    case("batchTriplet", "nearly equal", batch_triplet, {"features": near(ROW, 1e-3), "labels": whole(0, 1, 1)}, {"miner": miner})
SCORES = unit(stream([8, 6], 60)).float().double()
for o in ({}, {"epsilon": 0.5, "temperature": 1}, {"iterations": 10}):
    case("swav", "scores", swav, {"scores": SCORES}, o)
    case("swav", "equal scores", swav, {"scores": torch.full((8, 6), 0.25, dtype=torch.float64)}, o)
for name, logits in (("handbook", LOGITS), ("large logits", LARGE), ("equal logits", torch.zeros(4, 5).double())):
    case("crossEntropy", name, cross_entropy, {"logits": logits, "labels": LABELS})
    case("crossEntropy", name, cross_entropy, {"logits": logits, "labels": LABELS}, {"smoothing": 0.1})
    targets = torch.softmax(stream([4, 5], 61), 1).float().double()
    case("softCrossEntropy", name, soft_cross_entropy, {"logits": logits, "targets": targets})
    case("binaryCrossEntropy", name, binary, {"logits": logits, "labels": LABELS})
    for o in ({}, {"alpha": 0.5, "gamma": 0.5}, {"gamma": 0}):
        case("focal", name, focal, {"logits": logits, "labels": LABELS}, o)
write_cases(__file__, cases)
