import { cast, div, greaterEqual, mul, tidy, type Tensor } from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import type { CallArgs } from '../contracts/objective.ts';
import { UnderstoryError } from '../errors.ts';
import { uniform } from './uniform.ts';

export interface DropoutConfig {
  readonly name: string;
  /** Probability that a number (or a sample) becomes zero, in [0, 1). */
  readonly rate: number;
}

/**
 * Zeros with probability `rate` while training and divides the rest by 1 − rate. Drawn from the step's seed and the
 * layer's name. Saves itself as tfjs's standard `Dropout`.
 */
class Dropout extends layers.Layer {
  static className = 'Dropout';
  readonly #rate: number;
  readonly #perSample: boolean;

  constructor({ name, rate }: DropoutConfig, perSample: boolean) {
    super({ name });
    if (!(rate >= 0 && rate < 1)) {
      throw new UnderstoryError(
        'bad-rate',
        `Dropout "${name}" has rate ${rate}. Give one from 0 to below 1.`,
      );
    }
    this.supportsMasking = true;
    this.#rate = rate;
    this.#perSample = perSample;
  }

  override call(inputs: Tensor | Tensor[], { training, seed }: Partial<CallArgs>): Tensor {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    if (!training || this.#rate === 0) return x;
    if (!seed) {
      const cure = 'Call model.apply(images, { training: true, seed }) with seed [2] int32.';
      throw new UnderstoryError('missing-seed', `Dropout "${this.name}" got no seed for this step. ${cure}`);
    }
    return tidy(() => {
      const shape = this.#perSample ? x.shape.map((n, i) => (i === 0 ? n : 1)) : x.shape;
      const kept = cast(greaterEqual(uniform(seed, this.name, shape), this.#rate), 'float32');
      return mul(x, div(kept, 1 - this.#rate));
    });
  }

  override getConfig(): ReturnType<layers.Layer['getConfig']> {
    return {
      ...super.getConfig(),
      rate: this.#rate,
      ...(this.#perSample && { noiseShape: [null, 1, 1, 1] }),
    };
  }
}

/** Dropout (Srivastava et al. 2014) of single numbers. Needs `seed` in the call while training. */
export const dropout = (config: DropoutConfig): layers.Layer => new Dropout(config, false);

/**
 * Stochastic depth (Huang et al. 2016): a whole sample of a residual branch [B, …] becomes zero with probability
 * `rate`, and the rest are divided by 1 − rate. Needs `seed` in the call while training.
 */
export const stochasticDepth = (config: DropoutConfig): layers.Layer => new Dropout(config, true);
