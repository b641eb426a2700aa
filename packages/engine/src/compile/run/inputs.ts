import { UnderstoryError, type ArrayType, type NdArray, type NdArrays } from '@understory/core';
import { TF, type TensorContent } from '../graph/native.ts';
import type { InputSpec } from '../trace/program.ts';

const ARRAYS: Readonly<Record<ArrayType, readonly (new (length: number) => NdArray['data'])[]>> = {
  float32: [Float32Array],
  int32: [Int32Array],
  uint8: [Uint8Array],
  bool: [Uint8Array],
};

const invalid = (step: string, name: string, what: string): UnderstoryError =>
  new UnderstoryError('invalid-input', `Input "${name}" of step "${step}" ${what}.`);

const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/** Inputs in the order of their names; throws `invalid-input` where an array does not fit its own type and shape. */
export const checkInputs = (step: string, inputs: NdArrays): (InputSpec & Pick<NdArray, 'data'>)[] =>
  Object.entries(inputs)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { dtype, shape, data }]) => {
      const kinds = ARRAYS[dtype] as (typeof ARRAYS)[ArrayType] | undefined;
      if (!kinds)
        throw invalid(step, name, `has the type ${dtype}; known: ${Object.keys(ARRAYS).join(', ')}`);
      if (!kinds.some((kind) => data instanceof kind)) {
        throw invalid(step, name, `is said to be ${dtype}, but comes in a ${data.constructor.name}`);
      }
      if (!shape.every((size) => Number.isInteger(size) && size >= 0)) {
        throw invalid(step, name, `has the shape ${shapeText(shape)}, which is none`);
      }
      const size = shape.reduce((product, one) => product * one, 1);
      if (size !== data.length) {
        throw invalid(
          step,
          name,
          `has ${data.length} numbers, and its shape ${shapeText(shape)} wants ${size}`,
        );
      }
      return { name, dtype, shape: [...shape], data };
    });

/** Throws `invalid-input` where names or types are others than those that the step was first run with. */
export const checkAgainst = (step: string, first: readonly InputSpec[], now: readonly InputSpec[]): void => {
  for (const { name, dtype } of first) {
    const given = now.find((one) => one.name === name);
    if (!given) throw invalid(step, name, 'is missing');
    if (given.dtype !== dtype)
      throw invalid(step, name, `is ${given.dtype}, and the step was first run with ${dtype}`);
  }
  const extra = now.find(({ name }) => !first.some((one) => one.name === name));
  if (extra) {
    const known = first.map(({ name }) => name).join(', ') || 'none';
    throw invalid(step, extra.name, `is not known; the step was first run with: ${known}`);
  }
};

/** Tells traces of a step apart. */
export const signatureOf = (inputs: readonly InputSpec[]): string =>
  inputs.map(({ name, shape }) => `${name} ${shapeText(shape)}`).join(', ');

export const contentOf = ({ dtype, shape, data }: InputSpec & Pick<NdArray, 'data'>): TensorContent => ({
  dtype: TF[dtype],
  shape,
  data,
});
