import { mapNamed, withPrefix } from '@understory/core';
import { zeros as zerosOf, type NamedTensorMap, type Tensor } from '@tensorflow/tfjs-core';

export type Named = Readonly<NamedTensorMap>;

/** Zeros like each variable, as `<prefix>/<name>`: the first value of a moving average. */
export const zeros = (prefix: string, variables: Named): NamedTensorMap =>
  withPrefix(
    `${prefix}/`,
    mapNamed(variables, ({ shape }): Tensor => zerosOf(shape)),
  );
