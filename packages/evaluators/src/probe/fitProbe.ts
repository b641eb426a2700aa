import { logSumExp, turns, UnderstoryError } from '@understory/core';
import type { Matrix } from '../matrix.ts';
import { lbfgs } from './lbfgs.ts';
import { scaleOf, type Scale } from './standardise.ts';
import { tilesOf, type Tiles } from './tiles.ts';
import { dot, type Objective, type Slope } from './vectors.ts';

export interface ProbeOptions {
  /** λ of (λ/2)·‖W‖²; 1 / rows where absent. In scikit-learn C = 1 / (λ · rows), and half of that for two classes. */
  readonly decay?: number;
  /** Largest part of the gradient at which it is done; 1e-5 where absent. */
  readonly tolerance?: number;
  /** Most steps of L-BFGS; 1,000 where absent. */
  readonly steps?: number;
  /** Where to begin; all zeros where absent. */
  readonly start?: Pick<Probe, 'weights' | 'bias'>;
  readonly onStep?: (step: number, steps: number) => void;
}

/** A linear classifier of standardised features: logits = ((x − mean) / deviation)·W + b. */
export interface Probe extends Scale {
  readonly classes: number;
  /** W [D · C], row-major. */
  readonly weights: Float64Array;
  /** b [C]. */
  readonly bias: Float64Array;
  readonly decay: number;
  /** What was minimised: mean cross-entropy in nats + (λ/2)·‖W‖². */
  readonly loss: number;
  readonly crossEntropy: number;
  readonly steps: number;
  /** False where the steps ran out, or rounding hid every descent, before the gradient was small enough. */
  readonly converged: boolean;
}

const checkLabels = ({ rows, columns }: Matrix, labels: Int32Array, classes: number): void => {
  if (labels.length !== rows)
    throw new UnderstoryError(
      'bad-shape',
      `labels [${labels.length}] do not fit features [${rows}, ${columns}]. Give one for each row.`,
    );
  const wrong = labels.findIndex((label) => label < 0 || label >= classes);
  if (wrong >= 0)
    throw new UnderstoryError(
      'bad-label',
      `Row ${wrong} of labels [${labels.length}] has label ${labels[wrong]!}; labels go from 0 to ${classes - 1}.`,
    );
};

/** Turns logits of rows [rows · C] into (softmax − one-hot) / share, in place, and gives the sum of their cross-entropies. */
const residuals = (z: Float64Array, labels: Int32Array, classes: number, share: number): number => {
  let cost = 0;
  labels.forEach((label, row) => {
    const logits = z.subarray(row * classes, (row + 1) * classes);
    const whole = logSumExp(logits);
    cost += whole - logits[label]!;
    logits.forEach((logit, c) => (logits[c] = (Math.exp(logit - whole) - (c === label ? 1 : 0)) / share));
  });
  return cost;
};

/** Mean cross-entropy + (decay / 2)·‖W‖², of W [D · C] with b [C] behind it. */
const probeObjective = ({ tiles }: Tiles, labels: Int32Array, classes: number, decay: number): Objective => {
  const pause = turns();
  return async (at): Promise<Slope> => {
    const weights = at.subarray(0, at.length - classes);
    const bias = at.subarray(at.length - classes);
    const gradient = at.map((value, i) => (i < weights.length ? decay * value : 0));
    let cost = 0;
    for (const tile of tiles) {
      const z = Float64Array.from(await tile.logits(weights), (value, i) => value + bias[i % classes]!);
      cost += residuals(z, labels.subarray(tile.from, tile.from + tile.rows), classes, labels.length);
      const part = await tile.gradient(z);
      for (let i = 0; i < weights.length; i++) gradient[i]! += part[i]!;
      z.forEach((value, i) => (gradient[weights.length + (i % classes)]! += value));
      await pause();
    }
    return { value: cost / labels.length + (decay / 2) * dot(weights, weights), gradient };
  };
};

/**
 * A linear classifier of embeddings (multinomial logistic regression on standardised columns), by L-BFGS: 10 pairs, strong
 * Wolfe, from 0. `features` [N, D], `labels` [N] from 0 to `classes` − 1. It has turns of the event loop; small problems are
 * solved in float64, larger ones with float32 products on tfjs's backend. Errors: `bad-shape`, `bad-label`, `bad-option`,
 * `not-finite`, `empty`. That it did not converge is said, not thrown.
 */
export const fitProbe = async (
  features: Matrix,
  labels: Int32Array,
  classes: number,
  { decay = 1 / features.rows, tolerance = 1e-5, steps = 1000, start, onStep }: ProbeOptions = {},
): Promise<Probe> => {
  checkLabels(features, labels, classes);
  const scale = scaleOf(features);
  if (!(decay >= 0 && decay < Infinity))
    throw new UnderstoryError('bad-option', `decay is ${decay}. Give a finite number from 0.`);
  const split = features.columns * classes;
  const from = new Float64Array(split + classes);
  if (start) [start.weights, start.bias].forEach((part, i) => from.set(part, i * split));
  const made = tilesOf(features, scale, classes);
  try {
    const objective = probeObjective(made, labels, classes, decay);
    const options = { memory: 10, steps, tolerance, rounding: made.rounding };
    const found = await lbfgs(objective, from, { ...options, onStep: (step) => onStep?.(step, steps) });
    const [weights, bias] = [found.at.slice(0, split), found.at.slice(split)];
    const crossEntropy = found.value - (decay / 2) * dot(weights, weights);
    const { steps: taken, converged } = found;
    return {
      ...scale,
      classes,
      weights,
      bias,
      decay,
      loss: found.value,
      crossEntropy,
      steps: taken,
      converged,
    };
  } finally {
    made.tiles.forEach((tile) => tile.dispose());
  }
};
