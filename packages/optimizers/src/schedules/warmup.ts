import type { Schedule } from '@understory/core';

/** Linear warm-up before any schedule: from 1/steps of its first rate up to it; `steps` counts optimizer steps. */
export const warmup =
  (steps: number, then: Schedule): Schedule =>
  (t) =>
    t < steps ? ((t + 1) / steps) * then(0) : then(t - steps);
