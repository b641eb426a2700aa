import { dispose, getBackend, tensor, tidy, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import { UnderstoryError } from '../errors.ts';
import { tensorType, type NdArray, type NdArrays } from '../contracts/arrays.ts';
import type { Runner, Step, StepFunction } from '../contracts/runner.ts';

const toTensor = ({ data, shape, dtype }: NdArray): Tensor => {
  const type = tensorType(dtype);
  const values = type === 'int32' && data instanceof Uint8Array ? Int32Array.from(data) : data;
  return tensor(values, [...shape], type);
};

const toArray = async (t: Tensor): Promise<NdArray> => ({
  dtype: t.dtype as NdArray['dtype'],
  shape: t.shape,
  data: await t.data(),
});

const runEagerly = async (fn: StepFunction, inputs: NdArrays): Promise<Record<string, NdArray>> => {
  const outputs = tidy(() => {
    const fed = Object.fromEntries(Object.entries(inputs).map(([name, array]) => [name, toTensor(array)]));
    return fn(fed);
  });
  try {
    const entries = Object.entries(outputs).map(async ([name, t]) => [name, await toArray(t)] as const);
    return Object.fromEntries(await Promise.all(entries));
  } finally {
    dispose(outputs);
  }
};

const write = (variable: Variable, { data, shape }: NdArray): void => {
  if (shape.join() !== variable.shape.join()) {
    const shapes = `[${shape.join(', ')}] to "${variable.name}" of shape [${variable.shape.join(', ')}]`;
    throw new UnderstoryError(
      'shape',
      `Cannot write values of shape ${shapes}. Was it saved by another model?`,
    );
  }
  tidy(() => variable.assign(tensor(data, [...shape], variable.dtype)));
};

/** Runs every op as tfjs reaches it, on the active backend: portable, and the mode to debug in. */
export const eagerRunner = (): Runner => ({
  mode: 'eager',
  description: `tfjs ${getBackend()} backend, eager`,
  step: (_name: string, fn: StepFunction): Step => ({
    run: (inputs) => runEagerly(fn, inputs),
    dispose: () => undefined,
  }),
  read: (variables) => Promise.all(variables.map(toArray)),
  write: (variables, values) => {
    variables.forEach((v, i) => write(v, values[i]!));
    return Promise.resolve();
  },
  dispose: () => undefined,
});
