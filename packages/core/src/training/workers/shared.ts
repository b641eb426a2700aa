import type { NdArray, NdArrays } from '../../contracts/arrays.ts';
import type { Runner, Step } from '../../contracts/runner.ts';
import { alone, type Workers } from '../../contracts/workers.ts';
import { nameHash } from '../../data/nameHash.ts';
import { UnderstoryError } from '../../errors.ts';
import { byName } from '../../named.ts';
import { packWords, unpackWords, wordCount, wordSum } from './words.ts';

/** Workers that do a part of some work each, in turns, and all see what comes of all parts. */
export interface Sharing {
  readonly size: number;
  readonly rank: number;
  /**
   * What each of the first `parts` workers gives, in the order of their ranks, bit by bit and the same on all. The arrays of all
   * workers have the same names, types and shapes; those of the others are not looked at. Errors: `workers-differ`, where
   * they do not work at the same (`about`).
   */
  readonly exchange: (own: NdArrays, parts: number, about: string) => AsyncGenerator<NdArrays>;
  /** What the first worker has, on all; the others give an array of the same type and shape. */
  readonly fromFirst: (array: NdArray) => Promise<NdArray>;
}

export interface DisposableSharing extends Sharing {
  readonly dispose: () => void;
}

/** Words of all parts that are held at once: 32 MB. */
const MOST = 2 ** 23;

const differ = (rank: number): UnderstoryError =>
  new UnderstoryError(
    'workers-differ',
    `Worker ${rank} measures other images than worker 0, or in another order. An evaluator has to choose them alike on all ` +
      'workers: by a seed, and not by the time, by chance or by what lies on one machine.',
  );

/** Undefined where one process works. */
export const sharingOf = (runner: Runner): DisposableSharing | undefined => {
  const { workers = alone } = runner;
  return workers.size === 1 ? undefined : shareBetween(runner, workers);
};

const shareBetween = (runner: Runner, workers: Workers): DisposableSharing => {
  const { size, rank } = workers;
  const { add, dispose } = wordSum(runner, workers);
  const agree = async (about: string): Promise<void> => {
    const hashes = new Int32Array(2 * size);
    hashes.set(nameHash(about), 2 * rank);
    await add(hashes);
    const other = hashes.findIndex((word, i) => word !== hashes[i % 2]);
    if (other >= 0) throw differ(other >> 1);
  };
  return {
    ...{ size, rank, dispose },
    async *exchange(own, parts, about) {
      await agree(about);
      const each = wordCount(own);
      const together = Math.max(1, Math.floor(MOST / each));
      for (let first = 0; first < parts; first += together) {
        const count = Math.min(together, parts - first);
        const words = new Int32Array(count * each);
        const slot = (i: number): Int32Array => words.subarray(i * each, (i + 1) * each);
        if (rank >= first && rank < first + count) packWords(own, slot(rank - first));
        await add(words);
        for (let i = 0; i < count; i++) yield unpackWords(own, slot(i));
      }
    },
    async fromFirst(array) {
      const words = new Int32Array(array.data.length);
      if (rank === 0) packWords({ array }, words);
      await add(words);
      return byName(unpackWords({ array }, words), 'array');
    },
  };
};

/** A step of inference, of whose batches several workers do a part each. */
export interface SharedStep extends Step {
  /** Absent where one process does all. */
  readonly among?: Sharing;
}

/** The step, shared out: whoever measures by it has to do so on all workers alike. */
export const shareStep = (step: Step, among: Sharing | undefined): SharedStep =>
  among ? { among, run: (inputs) => step.run(inputs), dispose: () => step.dispose() } : step;
