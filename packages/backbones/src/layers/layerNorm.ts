import { tidy, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import { layerNorm as normalize } from '@understory/core';
import { initializers, layers } from '@tensorflow/tfjs-layers';

export interface LayerNormConfig {
  readonly name: string;
  /** Added to the variance. */
  readonly epsilon?: number;
}

/**
 * Layer normalisation over the last axis (Ba et al. 2016). Saves itself as tfjs's `LayerNormalization`, whose own
 * forward pass first writes mean, variance, scale and offset out to the size of the whole map.
 */
class LayerNorm extends layers.Layer {
  static className = 'LayerNormalization';
  readonly #epsilon: number;

  constructor({ name, epsilon = 1e-6 }: LayerNormConfig) {
    super({ name });
    this.#epsilon = epsilon;
  }

  override build(inputShape: (number | null)[]): void {
    const width = inputShape.at(-1)!;
    this.addWeight('gamma', [width], 'float32', initializers.ones());
    this.addWeight('beta', [width], 'float32', initializers.zeros());
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return tidy(() => {
      const x = Array.isArray(inputs) ? inputs[0]! : inputs;
      const [scale, offset] = this.weights.map((weight) => weight.read()) as [Tensor1D, Tensor1D];
      return normalize(x, { scale, offset, epsilon: this.#epsilon });
    });
  }

  override getConfig(): ReturnType<layers.Layer['getConfig']> {
    return { ...super.getConfig(), axis: [-1], epsilon: this.#epsilon, center: true, scale: true };
  }
}

export const layerNorm = (config: LayerNormConfig): layers.Layer => new LayerNorm(config);
