import { add, div, mean, mul, sqrt, square, sub, tidy, type Tensor } from '@tensorflow/tfjs-core';
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
      const [gamma, beta] = this.weights.map((weight) => weight.read());
      const centred = sub(x, mean(x, -1, true));
      const deviation = sqrt(add(mean(square(centred), -1, true), this.#epsilon));
      return add(mul(div(centred, deviation), gamma!), beta!);
    });
  }

  override getConfig(): ReturnType<layers.Layer['getConfig']> {
    return { ...super.getConfig(), axis: [-1], epsilon: this.#epsilon, center: true, scale: true };
  }
}

export const layerNorm = (config: LayerNormConfig): layers.Layer => new LayerNorm(config);
