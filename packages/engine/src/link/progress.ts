export type Stage = 'wait' | 'download' | 'unpack' | 'compile' | 'done';

/** Where an installation stands. */
export interface EngineProgress {
  readonly stage: Stage;
  /** Bytes, or files where `unit` says so. */
  readonly done: number;
  /** Null while it is not known. */
  readonly total: number | null;
  readonly unit: 'bytes' | 'files';
  /** What is being worked on, in a word or two. */
  readonly detail: string;
  /** Of `compile`: what is wrong with the addons that were brought; null, or absent, where none were. */
  readonly why?: string | null;
}

export type OnProgress = (progress: EngineProgress) => void;

/** What an installation is given. */
export interface InstallOptions {
  readonly progress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Instead of `UNDERSTORY_CACHE` and the user's cache folder. */
  readonly cacheDir?: string | undefined;
  /** TensorFlow for NVIDIA GPUs with NVIDIA's libraries, some 3 GB, beside the one for CPUs. Default: false. */
  readonly cuda?: boolean | undefined;
}

/** The same function, called at most ten times a second. */
export const seldom = <A extends unknown[]>(fn: (...args: A) => void): ((...args: A) => void) => {
  let last = -Infinity;
  return (...args) => {
    const now = performance.now();
    if (now - last < 100) return;
    last = now;
    fn(...args);
  };
};
