import type { OnProgress } from './progress.ts';

export interface InstallOptions {
  readonly progress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Instead of `UNDERSTORY_CACHE` and the user's cache folder. */
  readonly cacheDir?: string | undefined;
  /** TensorFlow for NVIDIA GPUs with NVIDIA's libraries, some 3 GB, beside the one for CPUs. Default: false. */
  readonly cuda?: boolean | undefined;
}
