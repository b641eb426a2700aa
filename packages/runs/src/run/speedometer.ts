import type { StepEvent } from '@understory/core';

/** How fast a run is. */
export interface Speed {
  readonly imagesPerSecond: number;
  readonly secondsPerStep: number;
}

export interface Speedometer {
  readonly add: (event: Pick<StepEvent, 'imagesPerSecond'>) => void;
  /** Zero before two steps were told of. */
  readonly speed: () => Speed;
}

/** Steps over which a speed is smoothed. */
const STEPS = 20;

/** A run's speed over its last steps; the first step of a process compiles and is left out. */
export const speedometer = (): Speedometer => {
  let recent: Speed[] = [];
  let steps = 0;
  let last = performance.now();
  const mean = (key: keyof Speed): number =>
    recent.reduce((sum, one) => sum + one[key], 0) / Math.max(1, recent.length);
  return {
    add({ imagesPerSecond }) {
      const now = performance.now();
      const secondsPerStep = (now - last) / 1000;
      if (steps++ > 0) recent = [...recent, { imagesPerSecond, secondsPerStep }].slice(-STEPS);
      last = now;
    },
    speed: () => ({ imagesPerSecond: mean('imagesPerSecond'), secondsPerStep: mean('secondsPerStep') }),
  };
};
