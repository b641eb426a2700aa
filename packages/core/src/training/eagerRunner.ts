import { dispose, engine, getBackend, tensor, tidy, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import { UnderstoryError } from '../errors.ts';
import type { NdArray, NdArrays } from '../contracts/arrays.ts';
import { toTensor } from '../data/toTensor.ts';
import { turn } from '../turn.ts';
import type { Runner, Step, StepFunction, StepOptions } from '../contracts/runner.ts';

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
    await turn(); // the ops held the event loop up: signals, timers and files have their turn before the next step
    const entries = Object.entries(outputs).map(async ([name, t]) => [name, await toArray(t)] as const);
    return Object.fromEntries(await Promise.all(entries));
  } finally {
    dispose(outputs);
  }
};

/** The error of a guarded step: names the outputs that are not finite. */
export const notFinite = (name: string, outputs: NdArrays): UnderstoryError | undefined => {
  const bad = Object.entries(outputs).filter(
    ([, { data }]) => data instanceof Float32Array && !data.every(Number.isFinite),
  );
  if (bad.length === 0) return undefined;
  const values = bad
    .map(([key, { data }]) => `${key} = ${[...data].find((v) => !Number.isFinite(v))}`)
    .join(', ');
  return new UnderstoryError('not-finite', `Step "${name}" gave values that are not finite: ${values}.`);
};

/** Runs a step; where it gives something that is not finite, puts all variables back as they were and throws. */
const runGuarded = async (
  name: string,
  fn: StepFunction,
  inputs: NdArrays,
): Promise<Record<string, NdArray>> => {
  // A clone shares its memory with the variable until that is assigned.
  const before = Object.values(engine().state.registeredVariables).map((v) => [v, v.clone()] as const);
  try {
    const outputs = await runEagerly(fn, inputs);
    const error = notFinite(name, outputs);
    if (!error) return outputs;
    for (const [v, old] of before) if (!v.isDisposed) v.assign(old);
    throw error;
  } finally {
    before.forEach(([, old]) => old.dispose());
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
  step: (name: string, fn: StepFunction, { guard = false }: StepOptions = {}): Step => ({
    run: (inputs) => (guard ? runGuarded(name, fn, inputs) : runEagerly(fn, inputs)),
    dispose: () => undefined,
  }),
  read: (variables) => Promise.all(variables.map(toArray)),
  write: (variables, values) => {
    variables.forEach((v, i) => write(v, values[i]!));
    return Promise.resolve();
  },
  dispose: () => undefined,
});
