"""Golden values of numbers of classes, probabilities, labels and pixels: python predictions.py (needs torch, scipy,
scikit-learn and torchmetrics). Writes predictions.json."""

import sys
import warnings
from pathlib import Path

import numpy as np
import torch
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from sklearn import metrics as sk
from torchmetrics.classification import MulticlassAccuracy, MulticlassF1Score, MulticlassJaccardIndex, MultilabelAveragePrecision

sys.path.append(str(Path(__file__).parents[3] / "tooling" / "reference"))
from common import number, places, stream, write

warnings.simplefilter("ignore")
torch.set_num_threads(1)


def u(n, seed):
    return (places([n], seed).numpy() + 1) / 2


def labels(n, classes, seed, unused=0):
    return (u(n, seed) * (classes - unused)).astype(int)


def ece(conf, hit, bins, mass):
    n = len(conf)
    if mass:
        smaller = np.searchsorted(np.sort(conf), conf, side="left")
        b = bins * smaller // n
    else:
        b = np.clip(np.searchsorted(np.arange(bins + 1) / bins, conf, side="left") - 1, 0, bins - 1)
    gaps = [(np.sum(b == k), abs(hit[b == k].mean() - conf[b == k].mean())) for k in range(bins) if np.any(b == k)]
    return sum(m * g for m, g in gaps) / n, max(g for _, g in gaps)


def classified(samples, classes, scale, unused, seed):
    z = scale * stream([samples, classes], seed).numpy()
    z = z.astype(np.float32).astype(np.float64)
    z[:, classes - 1] -= 3 if unused else 0  # the last class is rarely said
    y = np.where(u(samples, seed + 1) < 0.4, z[:, : classes - unused].argmax(1), labels(samples, classes, seed + 2, unused))
    said = z.argmax(1)
    logp = log_softmax(z, axis=1)
    p = np.exp(logp)
    nll = lambda t: -log_softmax(z / t, axis=1)[np.arange(samples), y].mean()
    best = minimize_scalar(lambda b: nll(1 / b), bounds=(0.01, 100), method="bounded", options={"xatol": 1e-12}).x
    conf, hit = p.max(1), (said == y).astype(float)
    per_class = lambda mass: np.mean([ece(p[:, c], (y == c).astype(float), 15, mass)[0] for c in range(classes)])
    average = lambda how: [number(v) for v in sk.precision_recall_fscore_support(y, said, average=how)[:3]]
    f1 = MulticlassF1Score(classes, average="macro")(torch.tensor(said), torch.tensor(y))
    assert abs(f1 - average("macro")[2]) < 1e-6
    recall = MulticlassAccuracy(classes, average="none")(torch.tensor(said), torch.tensor(y)).numpy()
    assert abs(recall[np.bincount(y, minlength=classes) > 0].mean() - sk.balanced_accuracy_score(y, said)) < 1e-6
    return {
        "macro": average("macro"),
        "weighted": average("weighted"),
        "balanced": number(sk.balanced_accuracy_score(y, said)),
        "kappa": number(sk.cohen_kappa_score(y, said)),
        "top2": number(sk.top_k_accuracy_score(y, z, k=2, labels=range(classes))) if classes > 2 else 1,
        "nll": number(sk.log_loss(y, p, labels=range(classes))),
        "brier": number(sk.brier_score_loss(y, p, labels=range(classes), scale_by_half=False)),
        "width": [number(v) for v in ece(conf, hit, 15, False)],
        "mass": [number(v) for v in ece(conf, hit, 15, True)],
        "byClass": [number(per_class(False)), number(per_class(True))],
        "temperature": number(1 / best, 7),
        "nllAfter": number(nll(1 / best)),
    }


def labelled(samples, count, seed):
    p = u(samples * count, seed).reshape(samples, count)
    p = np.round(p, 1) if seed % 2 else p.astype(np.float32).astype(np.float64)  # odd: many equal scores
    y = (u(samples * count, seed + 1).reshape(samples, count) < 0.2 + 0.4 * (p > 0.5)).astype(int)
    y[:, -1] = 0
    ap = [sk.average_precision_score(y[:, c], p[:, c]) for c in range(count - 1)]
    other = MultilabelAveragePrecision(count, average="none")(torch.tensor(p), torch.tensor(y)).numpy()
    assert np.allclose(other[:-1], ap, atol=1e-5)
    said = (p >= 0.5).astype(int)
    seen = (y.sum(0) + said.sum(0)) > 0
    return {
        "ap": [number(v) for v in ap],
        "mAP": number(np.mean(ap)),
        "micro": number(sk.f1_score(y, said, average="micro")),
        "macro": number(sk.f1_score(y, said, average=None)[seen].mean()),
        "ofSamples": number(sk.f1_score(y, said, average="samples")),
    }


def segmented(size, classes, seed):
    n = int(np.prod(size))
    t = labels(n, classes, seed)
    s = np.where(places([n], seed + 1).numpy() < 0.3, t, labels(n, classes, seed + 2))
    t = np.where(t == classes - 1, 0, t)
    t[: n // 10] = 255
    keep = t != 255
    iou = sk.jaccard_score(t[keep], s[keep], average=None, labels=range(classes))
    other = MulticlassJaccardIndex(classes, average="none", ignore_index=255)(torch.tensor(s), torch.tensor(t))
    assert np.allclose(other.numpy(), iou, atol=1e-6)
    return {
        "iou": [number(v) for v in iou],
        "mean": number(iou.mean()),
        "pixel": number((t[keep] == s[keep]).mean()),
        "accuracy": number(np.mean([(s[t == c] == c).mean() for c in range(classes) if np.any(t == c)])),
    }


def cases(make, rows, names):
    return [{**dict(zip(names, row)), **make(*row)} for row in rows]


write(__file__, {
    "classified": cases(
        classified,
        [(400, 7, 3, 0, 900), (90, 12, 5, 2, 910), (250, 2, 2, 0, 920), (60, 40, 4, 5, 930)],
        ["samples", "classes", "scale", "unused", "seed"],
    ),
    "labelled": cases(labelled, [(120, 5, 940), (80, 9, 951), (300, 3, 960)], ["samples", "labels", "seed"]),
    "segmented": cases(segmented, [((2, 20, 24), 6, 970), ((1, 64, 64), 3, 980)], ["size", "classes", "seed"]),
})
