"""Golden steps of the optimizers: python optimizers.py (needs torch). Writes optimizers.json.

Three variables take ten steps on given gradients, in float64. LARS and Lion, which torch lacks, are written out here.
"""

import sys
from pathlib import Path

import torch

sys.path.append(str(Path(__file__).parents[3] / "tooling" / "reference"))
from common import stream, write

SHAPES = {"a/conv/kernel": [2, 2, 3], "a/conv/bias": [3], "b/norm/gamma": [4]}
STEPS = 10


class Lion(torch.optim.Optimizer):
    """Chen et al. 2023, algorithm 2."""

    def __init__(self, params, lr, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            (b1, b2), lr = group["betas"], group["lr"]
            for w in group["params"]:
                m = self.state[w].setdefault("m", torch.zeros_like(w))
                c = b1 * m + (1 - b1) * w.grad
                w.sub_(lr * (torch.sign(c) + group["weight_decay"] * w))
                m.mul_(b2).add_((1 - b2) * w.grad)


class Lars(torch.optim.Optimizer):
    """You et al. 2017 with the rate outside of the velocity; single-dimension parameters as in SGD."""

    def __init__(self, params, lr, momentum=0.9, weight_decay=0.0, trust=1e-3, epsilon=1e-8):
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay, "trust": trust, "epsilon": epsilon})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for w in group["params"]:
                g, wd = w.grad, group["weight_decay"]
                pull = g + wd * w
                if w.dim() >= 2 and w.norm() > 0 and g.norm() > 0:
                    pull = pull * group["trust"] * w.norm() / (g.norm() + wd * w.norm() + group["epsilon"])
                v = self.state[w].setdefault("v", torch.zeros_like(w))
                v.mul_(group["momentum"]).add_(pull)
                w.sub_(group["lr"] * v)


def run(make, rates, clip=None, zero=(), kernels_only=False):
    variables = {name: stream(shape, i).clone().requires_grad_(True) for i, (name, shape) in enumerate(SHAPES.items())}
    for name in zero:
        variables[name].data.zero_()
    decayed = [v for v in variables.values() if v.dim() >= 2 or not kernels_only]
    plain = [v for v in variables.values() if not (v.dim() >= 2 or not kernels_only)]
    groups = [{"params": decayed}] + ([{"params": plain, "weight_decay": 0.0}] if plain else [])
    optimizer = make(groups, rates[0])
    for t in range(STEPS):
        for i, v in enumerate(variables.values()):
            v.grad = stream(list(v.shape), 100 + 10 * t + i) * (1 if t != 4 else 1e3)
        if clip:
            torch.nn.utils.clip_grad_norm_(list(variables.values()), clip)
        for group in optimizer.param_groups:
            group["lr"] = rates[t]
        optimizer.step()
    return {name: [float(f"{x:.12g}") for x in v.detach().flatten().tolist()] for name, v in variables.items()}


RATES = [0.1] * 3 + [0.02] * 4 + [0.05] * 3
SMALL = [r / 100 for r in RATES]
O = torch.optim
cases = []


def case(plugin, options, make, rates=RATES, **settings):
    zero = settings.get("zero", ())
    cases.append({"plugin": plugin, "options": options, "rates": rates, "zero": list(zero), "final": run(make, rates, **settings)})


sgd = lambda **k: lambda groups, lr: O.SGD(groups, lr=lr, **k)
case("sgd", {"weightDecay": 0}, sgd(momentum=0.9))
case("sgd", {}, sgd(momentum=0.9, weight_decay=5e-4))
case("sgd", {"momentum": 0, "weightDecay": 0.01}, sgd(weight_decay=0.01))
case("sgd", {"nesterov": True, "weightDecay": 0.01}, sgd(momentum=0.9, nesterov=True, weight_decay=0.01))
case("sgd", {"dampening": 0.3, "weightDecay": 0.01}, sgd(momentum=0.9, dampening=0.3, weight_decay=0.01))
case("sgd", {"weightDecay": 0.01, "decay": "kernels"}, sgd(momentum=0.9, weight_decay=0.01), kernels_only=True)
case("sgd", {"weightDecay": 0.01, "clip": 0.5}, sgd(momentum=0.9, weight_decay=0.01), clip=0.5)
adam = lambda **k: lambda groups, lr: O.Adam(groups, lr=lr, **k)
adamw = lambda **k: lambda groups, lr: O.AdamW(groups, lr=lr, **k)
case("adam", {}, adam(), SMALL)
case("adam", {"weightDecay": 0.1, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3}, adam(weight_decay=0.1, betas=(0.8, 0.95), eps=1e-3), SMALL)
case("adamw", {}, adamw(), SMALL)
case("adamw", {"weightDecay": 0.5, "decay": "kernels", "clip": 1}, adamw(weight_decay=0.5), SMALL, clip=1.0, kernels_only=True)
case("rmsprop", {}, lambda groups, lr: O.RMSprop(groups, lr=lr), SMALL)
case("rmsprop", {"momentum": 0.9, "smoothing": 0.9, "weightDecay": 0.01, "epsilon": 1e-4}, lambda groups, lr: O.RMSprop(groups, lr=lr, momentum=0.9, alpha=0.9, weight_decay=0.01, eps=1e-4), SMALL)
case("lion", {}, lambda groups, lr: Lion(groups, lr), SMALL)
case("lion", {"weightDecay": 0.1, "beta1": 0.95, "beta2": 0.98}, lambda groups, lr: Lion(groups, lr, (0.95, 0.98), 0.1), SMALL)
case("lars", {}, lambda groups, lr: Lars(groups, lr))
case("lars", {"weightDecay": 0.1, "trust": 0.02, "decay": "all"}, lambda groups, lr: Lars(groups, lr, weight_decay=0.1, trust=0.02))
case("lars", {"weightDecay": 0.1}, lambda groups, lr: Lars(groups, lr, weight_decay=0.1), zero=("a/conv/kernel",), kernels_only=True)

write(__file__, {"shapes": SHAPES, "cases": cases})
