import { UnderstoryError, type NdArray, type NdArrays } from '@understory/core';
import { listed } from '../errors.ts';

const notFinite = ({ data }: NdArray): number => {
  let count = 0;
  for (const value of data) if (!Number.isFinite(value)) count++;
  return count;
};

/** The tensors that hold NaN or infinite numbers, each with how many: `conv1.weight (1 of 864 numbers)`. */
export const notFiniteIn = (arrays: NdArrays, places: ReadonlyMap<string, string>): string[] =>
  Object.entries(arrays).flatMap(([name, array]) => {
    const count = notFinite(array);
    return count === 0 ? [] : [`${places.get(name) ?? name} (${count} of ${array.data.length} numbers)`];
  });

/** Throws where a network would begin with numbers that are not finite. Errors: `bad-weights`, with the file's names. */
export const requireFinite = (arrays: NdArrays, places: ReadonlyMap<string, string>): void => {
  const wrong = notFiniteIn(arrays, places);
  if (wrong.length === 0) return;
  throw new UnderstoryError(
    'bad-weights',
    `The file holds NaN or infinite weights: ${listed(wrong, 3)}. The run that wrote it had diverged, or the file is ` +
      'damaged: take an earlier checkpoint of it, or download it again.',
  );
};
