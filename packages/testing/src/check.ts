import { engine, memory, Tensor } from '@tensorflow/tfjs-core';
import { CHECKING, UnderstoryError, type AnyPlugin, type Registry, type Stream } from '@understory/core';
import { relativeError } from '@understory/core/testing';

/** One thing that a kind of plugin promises; `run` rejects with what is not so, and what to do about it. */
export interface Check {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** What a plugin is made from, and what it needs to be tried. */
export interface ConformanceOptions {
  /** Its options, where defaults are not enough. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Makes what it names in `uses`; needed where it names something. It holds the plugin too. */
  readonly registry?: Registry;
  /** Height and width of the images that it is tried on, in pixels, where it does not take any. */
  readonly size?: readonly [number, number];
  /** What an objective sees, where one labelled stream is not enough. */
  readonly streams?: readonly Stream[];
}

/** How the things of a kind are checked; `make` gives a new one. */
export type ChecksOfKind<T> = (make: () => T, options: ConformanceOptions) => readonly Check[];

export const check = (name: string, run: () => void | Promise<void>): Check => ({
  name,
  run: async () => {
    await run();
  },
});

/** Errors: `not-conforming` where it does not hold. */
export const requireThat = (holds: boolean, otherwise: string): void => {
  if (!holds) throw new UnderstoryError('not-conforming', otherwise);
};

export const allFinite = (values: ArrayLike<number>): boolean => Array.from(values).every(Number.isFinite);

/** Whether two lists of numbers agree to float32's rounding, relative to the largest. */
export const isClose = (a: ArrayLike<number>, b: ArrayLike<number>, tolerance = 1e-4): boolean =>
  a.length === b.length && relativeError(a, b) <= tolerance;

export const isSame = (a: ArrayLike<number>, b: ArrayLike<number>): boolean =>
  a.length === b.length && Array.from(b, (v, i) => Object.is(v, a[i])).every(Boolean);

const READS = ['dataSync', 'data', 'bytes'] as const;
type Reads = Record<(typeof READS)[number], (this: Tensor) => unknown>;

const refused = (): never => {
  throw new UnderstoryError(
    'not-conforming',
    'it reads the value of a tensor (dataSync, arraySync or data) while it computes, so its step cannot be compiled; use tensor operations such as where',
  );
};

/** Of the innermost tidy; its type does not say that there may be none. */
const scopeName = (): string | undefined =>
  (engine().state.activeScope as { readonly name: string } | null | undefined)?.name;

/** Runs what has to be tensor operations alone: values that are read on the way, but to check them, cannot be compiled. */
export const withoutReading = <T>(work: () => T): T => {
  const prototype = Tensor.prototype as unknown as Reads;
  const before = READS.map((name) => [name, prototype[name]] as const);
  for (const [name, read] of before)
    prototype[name] = function () {
      return scopeName() === CHECKING ? read.call(this) : refused();
    };
  try {
    return work();
  } finally {
    Object.assign(prototype, Object.fromEntries(before));
  }
};

/** Refuses work that leaves tensors behind; all that it makes for itself it has to free. */
export const leavesNothing = async (what: string, work: () => void | Promise<void>): Promise<void> => {
  await work(); // the first call may make what is kept on purpose: a backend's constants
  const before = memory().numTensors;
  await work();
  const left = memory().numTensors - before;
  requireThat(
    left === 0,
    `${what} leaves ${left} tensor${left === 1 ? '' : 's'} behind; free them with tidy or dispose`,
  );
};

/** Makes the plugin's thing, as a config would. Errors: those of its options, and `not-conforming` where a registry is missing. */
export const makeOf = (plugin: AnyPlugin, { options = {}, registry }: ConformanceOptions): unknown => {
  if (registry) return registry.make(plugin.token, [plugin.name, options]);
  const uses = Object.keys(plugin.uses ?? {});
  requireThat(
    uses.length === 0,
    `${plugin.token.key} "${plugin.name}" uses ${uses.join(', ')}; hand over a registry that has what these name, and the plugin: conformance(plugin, { registry })`,
  );
  return plugin.create(plugin.options.parse(options));
};
