import {
  customGrad,
  engine,
  getBackend,
  getKernel,
  type GradSaveFunc,
  type KernelConfig,
  type NamedAttrMap,
  type NamedTensorMap,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { byName } from '../named.ts';

/** Whether the active backend has all kernels of these names. */
export const hasKernels = (...names: readonly string[]): boolean =>
  names.every((name) => (getKernel(name, getBackend()) as KernelConfig | undefined) !== undefined);

/** Something that a backend may compute in one kernel, and its gradients in another. */
export interface KernelPair {
  readonly forward: string;
  /** Takes what the pair keeps and `dy`, the gradient of its first output; gives a gradient for each input. */
  readonly gradient: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Inputs and outputs that the gradient needs. */
  readonly keeps: readonly string[];
}

export const hasPair = ({ forward, gradient }: KernelPair): boolean => hasKernels(forward, gradient);

const run = (kernel: string, inputs: NamedTensorMap, attributes: NamedAttrMap): Tensor[] => {
  const given = engine().runKernel<Tensor | Tensor[]>(kernel, inputs, attributes);
  return Array.isArray(given) ? given : [given];
};

const byNames = (names: readonly string[], tensors: readonly Tensor[]): NamedTensorMap =>
  Object.fromEntries(tensors.map((tensor, i) => [names[i] ?? '', tensor]));

/** The first output of a pair that the active backend has, with its gradients; `tensors` are the pair's inputs in their order. */
export const byPair = (
  { forward, gradient, inputs, outputs, keeps }: KernelPair,
  tensors: readonly Tensor[],
  attributes: NamedAttrMap = {},
): Tensor => {
  const fn = customGrad((...given: (Tensor | GradSaveFunc)[]) => {
    const save = given.at(-1) as GradSaveFunc;
    const own = byNames(inputs, given.slice(0, -1) as Tensor[]);
    const made = run(forward, own, attributes);
    const all = { ...own, ...byNames(outputs, made) };
    save(keeps.map((name) => byName(all, name)));
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor[] =>
      run(gradient, { ...byNames(keeps, saved), dy }, attributes);
    return { value: made[0]!, gradFunc };
  });
  return fn(...tensors);
};
