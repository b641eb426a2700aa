"""FreeMatch and SoftMatch in PyTorch, for the scripts that make golden values: what they remember, and what they make of a step.

After the papers and the authors' maintained library: averages move on before they are used.
"""

import torch
import torch.nn.functional as F


class FreeMatch:
    def __init__(self, m, threshold, probabilities, labels, low=0.0, high=1.0):
        self.m, self.bounds = m, (low, high)
        self.threshold, self.probabilities, self.labels = threshold, probabilities, labels

    def step(self, weak, strong):
        q = weak.detach().softmax(1)
        top, label = q.max(1)
        classes = q.shape[1]
        mix = lambda old, new: self.m * old + (1 - self.m) * new
        self.threshold = mix(self.threshold, top.mean()).clamp(*self.bounds)
        self.probabilities = mix(self.probabilities, q.mean(0))
        self.labels = mix(self.labels, torch.bincount(label, minlength=classes).double() / len(q))
        thresholds = self.threshold * self.probabilities / self.probabilities.max()
        mask = (top >= thresholds[label]).double()
        loss = (mask * F.cross_entropy(strong, label, reduction="none")).mean()
        return thresholds, mask, loss, self.fairness(strong[mask.bool()])

    def fairness(self, strong):
        if len(strong) == 0:
            return strong.sum() * 0
        p = strong.softmax(1)
        share = torch.bincount(p.argmax(1), minlength=p.shape[1]).double() / len(p)
        inverse = lambda x: torch.where(x > 0, 1 / x, 0.0)
        normed = lambda x: x / x.sum()
        aim, now = normed(self.probabilities * inverse(self.labels)), normed(p.mean(0) * inverse(share))
        return (aim * torch.log(now + 1e-12)).sum()

    def state(self):
        return {"threshold": self.threshold, "probabilities": self.probabilities, "labels": self.labels}


class SoftMatch:
    def __init__(self, m, n, align, mean, variance):
        self.m, self.n, self.align, self.mean, self.variance = m, n, align, mean, variance
        self.probabilities = None

    def step(self, weak, strong):
        q = weak.detach().softmax(1)
        mix = lambda old, new: self.m * old + (1 - self.m) * new
        self.probabilities = q.mean(0) if self.probabilities is None else mix(self.probabilities, q.mean(0))
        aligned = q * (1 / q.shape[1] + 1e-6) / (self.probabilities + 1e-6)
        top = (aligned / aligned.sum(1, keepdim=True) if self.align else q).max(1)[0]
        self.mean, self.variance = mix(self.mean, top.mean()), mix(self.variance, top.var(unbiased=True))
        below = (top - self.mean).clamp(max=0)
        weights = torch.exp(-(below**2) * self.n**2 / (2 * self.variance.clamp(min=1e-12)))
        return weights, (weights * F.cross_entropy(strong, q.argmax(1), reduction="none")).mean()

    def state(self):
        return {"mean": self.mean, "variance": self.variance, "probabilities": self.probabilities}
