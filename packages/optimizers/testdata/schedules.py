"""Golden learning rates: python schedules.py (needs torch). Writes schedules.json: the rate of each optimizer step."""

import json
from pathlib import Path

import torch
from torch.optim import lr_scheduler as S

STEPS_PER_EPOCH, EPOCHS = 5, 12
N = STEPS_PER_EPOCH * EPOCHS
cases = []


def case(plugin, options, rate, make, per_epoch, plan=(STEPS_PER_EPOCH, EPOCHS)):
    n = plan[0] * plan[1]
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=rate)
    scheduler = make(optimizer)
    rates = []
    for t in range(n):
        rates.append(float(f"{optimizer.param_groups[0]['lr']:.12g}"))
        optimizer.step()
        if t + 1 < n and (not per_epoch or (t + 1) % plan[0] == 0):
            scheduler.step()
    own = {} if plan == (STEPS_PER_EPOCH, EPOCHS) else {"plan": {"stepsPerEpoch": plan[0], "epochs": plan[1]}}
    cases.append({"plugin": plugin, "options": options, "rates": rates, **own})


case("multi-step", {"rate": 0.1, "milestones": [3, 6, 10]}, 0.1, lambda o: S.MultiStepLR(o, [3, 6, 10]), True)
case("multi-step", {"rate": 0.2, "milestones": [8, 4], "factor": 0.5}, 0.2, lambda o: S.MultiStepLR(o, [4, 8], 0.5), True)
case("step", {"rate": 0.1, "every": 5}, 0.1, lambda o: S.StepLR(o, 5), True)
case("step", {"rate": 1, "every": 1, "factor": 0.9}, 1, lambda o: S.StepLR(o, 1, 0.9), True)
case("constant", {"rate": 0.3}, 0.3, lambda o: S.ConstantLR(o, 1.0), False)
case("cosine", {"rate": 0.1}, 0.1, lambda o: S.CosineAnnealingLR(o, N), False)
case("cosine", {"rate": 0.5, "final": 0.01}, 0.5, lambda o: S.CosineAnnealingLR(o, N, 0.01), False)
linear = lambda o, k: S.LinearLR(o, 1 / k, 1.0, k - 1)
after = lambda o, k, s: S.SequentialLR(o, [linear(o, k), s], [k])
case("cosine", {"rate": 0.5, "final": 0.01, "warmupEpochs": 2}, 0.5, lambda o: after(o, 10, S.CosineAnnealingLR(o, N - 10, 0.01)), False)
case("constant", {"rate": 0.3, "warmupEpochs": 1}, 0.3, lambda o: after(o, 5, S.ConstantLR(o, 1.0)), False)
case("one-cycle", {"rate": 0.4}, 0.4, lambda o: S.OneCycleLR(o, 0.4, N), False)
case("one-cycle", {"rate": 0.4, "rise": 0.2, "start": 10, "end": 100, "shape": "linear"}, 0.4, lambda o: S.OneCycleLR(o, 0.4, N, pct_start=0.2, div_factor=10, final_div_factor=100, anneal_strategy="linear"), False)

# Short runs: a rise of less than a step, of nearly all steps, a single step, and a warm-up longer than the run.
for plan, rise in [((10, 2), 0.01), ((1, 1), 0.3), ((1, 2), 0.3), ((3, 1), 0.3), ((1, 4), 0.3), ((5, 1), 0.99)]:
    steps = plan[0] * plan[1]
    for shape, strategy in (("cosine", "cos"), ("linear", "linear")):
        one_cycle = lambda o: S.OneCycleLR(o, 0.4, steps, pct_start=rise, anneal_strategy=strategy)
        case("one-cycle", {"rate": 0.4, "rise": rise, "shape": shape}, 0.4, one_cycle, False, plan)
for plan in ((1, 1), (4, 1), (1, 3)):
    steps = plan[0] * plan[1]
    case("cosine", {"rate": 0.5}, 0.5, lambda o: S.CosineAnnealingLR(o, steps), False, plan)
    case("multi-step", {"rate": 0.5, "milestones": [1, 2]}, 0.5, lambda o: S.MultiStepLR(o, [1, 2]), True, plan)
for name, then in (("cosine", lambda o: S.CosineAnnealingLR(o, 1)), ("constant", lambda o: S.ConstantLR(o, 1.0))):
    case(name, {"rate": 0.4, "warmupEpochs": 2}, 0.4, lambda o: after(o, 8, then(o)), False, (4, 1))

path = Path(__file__).parent / "schedules.json"
path.write_text(json.dumps({"stepsPerEpoch": STEPS_PER_EPOCH, "epochs": EPOCHS, "cases": cases}, separators=(",", ":")) + "\n")
print(len(cases), "cases", path.stat().st_size, "bytes")
