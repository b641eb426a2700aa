import { zerosLike, type NamedTensorMap, type Tensor } from '@tensorflow/tfjs-core';

export type Named = Readonly<NamedTensorMap>;

/** A tensor for each name. */
export const mapNamed = (from: Named, make: (tensor: Tensor, name: string) => Tensor): NamedTensorMap =>
  Object.fromEntries(Object.entries(from).map(([name, tensor]) => [name, make(tensor, name)]));

/** The same tensors under `<prefix>/<name>`. */
export const prefixed = (prefix: string, from: Named): NamedTensorMap =>
  Object.fromEntries(Object.entries(from).map(([name, tensor]) => [`${prefix}/${name}`, tensor]));

/** Zeros like each variable, as `<prefix>/<name>`: the first value of a moving average. */
export const zeros = (prefix: string, variables: Named): NamedTensorMap =>
  prefixed(
    prefix,
    mapNamed(variables, (v) => zerosLike(v)),
  );
