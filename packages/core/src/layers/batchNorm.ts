import {
  add,
  batchNorm as normalize,
  div,
  engine,
  mean,
  mul,
  reshape,
  rsqrt,
  square,
  squeeze,
  sub,
  sum,
  tidy,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { initializers, layers } from '@tensorflow/tfjs-layers';
import type { CallArgs, CountedRows } from '../contracts/objective.ts';
import type { Workers } from '../contracts/workers.ts';
import { hasKernels } from '../ops/kernels.ts';

/**
 * Kernel that a backend may register to normalise by batch statistics in one op, with its gradient:
 * inputs `x`, `scale`, `offset`; attribute `epsilon` → [y, batch mean, unbiased batch variance].
 */
export const BATCH_NORM_TRAINING = 'BatchNormTraining';

export interface BatchNormResult {
  readonly y: Tensor4D;
  /** [C] */
  readonly mean: Tensor1D;
  /** [C], unbiased: divided by n − 1 where n = B·H·W, as PyTorch's running average stores it. */
  readonly variance: Tensor1D;
}

/** Batch normalisation by the batch's own statistics (Ioffe & Szegedy 2015, algorithm 1). `x` [B, H, W, C], the rest [C]. */
export const batchNormTraining = (
  x: Tensor4D,
  scale: Tensor1D,
  offset: Tensor1D,
  epsilon: number,
): BatchNormResult => {
  if (hasKernels(BATCH_NORM_TRAINING)) {
    const out = engine().runKernel<Tensor[]>(BATCH_NORM_TRAINING, { x, scale, offset }, { epsilon });
    return { y: out[0] as Tensor4D, mean: out[1] as Tensor1D, variance: out[2] as Tensor1D };
  }
  const n = x.size / x.shape[3];
  const batchMean = mean(x, [0, 1, 2], true); // [1, 1, 1, C]
  const biased = mean(square(sub(x, batchMean)), [0, 1, 2], true);
  const flat = (t: Tensor): Tensor1D => squeeze(t, [0, 1, 2]);
  const y = normalize(x, flat(batchMean), flat(biased), offset, scale, epsilon);
  return { y, mean: flat(batchMean), variance: flat(mul(biased, n / Math.max(1, n - 1))) };
};

/** Makes means over maps of all workers, of the rows that count, and tells how many numbers a channel has. */
const meansOver = (
  [rows, height, width]: readonly [number, number, number, number],
  { size, sum: sumOf }: Workers,
  counted: CountedRows | undefined,
): { readonly n: number; readonly meanOfAll: (t: Tensor) => Tensor } => {
  if (!counted)
    return {
      n: size * rows * height * width,
      meanOfAll: (t) => div(sumOf(mean(t, [0, 1, 2], true)), size), // [1, 1, 1, C]
    };
  const n = counted.total * height * width;
  const mask = reshape(counted.own, [-1, 1, 1, 1]);
  return { n, meanOfAll: (t) => div(sumOf(sum(mul(t, mask), [0, 1, 2], true)), n) };
};

/** The same by the statistics of the batches of all workers, which have as many rows each. */
const syncedBatchNorm = (
  x: Tensor4D,
  {
    scale,
    offset,
    epsilon,
  }: { readonly scale: Tensor1D; readonly offset: Tensor1D; readonly epsilon: number },
  { workers, counted }: { readonly workers: Workers; readonly counted: CountedRows | undefined },
): BatchNormResult => {
  const { n, meanOfAll } = meansOver(x.shape, workers, counted);
  const batchMean = meanOfAll(x);
  const centred = sub(x, batchMean);
  const biased = meanOfAll(square(centred));
  const y: Tensor4D = add(mul(mul(centred, rsqrt(add(biased, epsilon))), scale), offset);
  const flat = (t: Tensor): Tensor1D => squeeze(t, [0, 1, 2]);
  return { y, mean: flat(batchMean), variance: flat(mul(biased, n / Math.max(1, n - 1))) };
};

export interface BatchNormConfig {
  readonly name: string;
  /** Added to the variance; PyTorch's default. */
  readonly epsilon?: number;
  /** Share of the old running average that stays at each step: 1 − PyTorch's momentum. */
  readonly momentum?: number;
}

/**
 * Batch normalisation of maps or vectors, over the last axis. Saves itself as tfjs's standard `BatchNormalization`,
 * so that plain tfjs loads the model; it differs in training alone: one fused op, and PyTorch's running variance.
 */
class BatchNorm extends layers.Layer {
  static className = 'BatchNormalization';
  readonly #epsilon: number;
  readonly #momentum: number;

  constructor({ name, epsilon = 1e-5, momentum = 0.9 }: BatchNormConfig) {
    super({ name });
    this.supportsMasking = true;
    this.#epsilon = epsilon;
    this.#momentum = momentum;
  }

  override build(inputShape: (number | null)[]): void {
    const width = inputShape.at(-1)!;
    const weight = (name: string, value: 'ones' | 'zeros', trainable: boolean): void => {
      const initializer = value === 'ones' ? initializers.ones() : initializers.zeros();
      this.addWeight(name, [width], 'float32', initializer, undefined, trainable);
    };
    weight('gamma', 'ones', true);
    weight('beta', 'zeros', true);
    weight('moving_mean', 'zeros', false);
    weight('moving_variance', 'ones', false);
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[], args: Partial<CallArgs>): Tensor {
    return tidy(() => {
      const x = Array.isArray(inputs) ? inputs[0]! : inputs;
      const [gamma, beta, movingMean, movingVariance] = this.weights;
      const scale = gamma!.read() as Tensor1D;
      const offset = beta!.read() as Tensor1D;
      if (!args.training) {
        const at = [movingMean!.read() as Tensor1D, movingVariance!.read() as Tensor1D] as const;
        return normalize(x, at[0], at[1], offset, scale, this.#epsilon);
      }
      const map = (x.rank === 4 ? x : reshape(x, [-1, 1, 1, x.shape.at(-1)!])) as Tensor4D;
      const {
        y,
        mean: m,
        variance,
      } = args.workers && args.workers.size > 1
        ? syncedBatchNorm(
            map,
            { scale, offset, epsilon: this.#epsilon },
            {
              workers: args.workers,
              counted: args.counted,
            },
          )
        : batchNormTraining(map, scale, offset, this.#epsilon);
      if (!args.keepStatistics) {
        const moved = (old: Tensor, now: Tensor): Tensor =>
          add(mul(old, this.#momentum), mul(now, 1 - this.#momentum));
        movingMean!.write(moved(movingMean!.read(), m));
        movingVariance!.write(moved(movingVariance!.read(), variance));
      }
      return x.rank === 4 ? y : reshape(y, x.shape);
    });
  }

  override getConfig(): ReturnType<layers.Layer['getConfig']> {
    return {
      ...super.getConfig(),
      axis: -1,
      momentum: this.#momentum,
      epsilon: this.#epsilon,
      center: true,
      scale: true,
    };
  }
}

export const batchNorm = (config: BatchNormConfig): layers.Layer => new BatchNorm(config);
