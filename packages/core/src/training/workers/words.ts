import { int32, type NdArray, type NdArrays } from '../../contracts/arrays.ts';
import type { Runner } from '../../contracts/runner.ts';
import type { Workers } from '../../contracts/workers.ts';
import { byName, mapNamed } from '../../named.ts';

/** Sizes of what travels at once, in words of 32 bits: a step is traced for each, so they are few. */
const SIZES = [2 ** 20, 2 ** 16, 2 ** 12] as const;
const SMALLEST = SIZES[2];

/** Adds up words over the workers, in place: what one of them gives among the others' zeros comes out on all, bit by bit. */
export interface WordSum {
  readonly add: (words: Int32Array) => Promise<void>;
  readonly dispose: () => void;
}

export const wordSum = (runner: Runner, workers: Workers): WordSum => {
  const step = runner.step('share', (inputs) => ({ words: workers.sum(byName(inputs, 'words')) }));
  const addPiece = async (words: Int32Array, size: number): Promise<void> => {
    const given = new Int32Array(size);
    given.set(words);
    const outputs = await step.run({ words: int32(given, [size]) });
    words.set(byName(outputs, 'words').data.subarray(0, words.length));
  };
  return {
    async add(words) {
      for (let at = 0; at < words.length;) {
        const left = words.length - at;
        const size = SIZES.find((n) => n <= left) ?? SMALLEST;
        await addPiece(words.subarray(at, at + size), size);
        at += size;
      }
    },
    dispose: () => step.dispose(),
  };
};

/** An array's numbers as words: float32 bit by bit, bytes one a word. */
const wordsOf = ({ data }: NdArray): Int32Array =>
  data instanceof Float32Array
    ? new Int32Array(data.buffer, data.byteOffset, data.length)
    : Int32Array.from(data);

/** How many words arrays take. */
export const wordCount = (arrays: NdArrays): number =>
  Object.values(arrays).reduce((sum, { data }) => sum + data.length, 0);

/** Writes arrays one behind the other. */
export const packWords = (arrays: NdArrays, into: Int32Array): void => {
  let at = 0;
  for (const array of Object.values(arrays)) {
    into.set(wordsOf(array), at);
    at += array.data.length;
  }
};

const dataOf = ({ dtype }: NdArray, words: Int32Array): NdArray['data'] => {
  const own = words.slice();
  if (dtype === 'float32') return new Float32Array(own.buffer);
  return dtype === 'int32' ? own : Uint8Array.from(own);
};

/** Arrays of these types and shapes, out of words that `packWords` wrote. */
export const unpackWords = (like: NdArrays, words: Int32Array): Record<string, NdArray> => {
  let at = 0;
  return mapNamed(like, (array) => {
    const data = dataOf(array, words.subarray(at, at + array.data.length));
    at += array.data.length;
    return { ...array, data };
  });
};
