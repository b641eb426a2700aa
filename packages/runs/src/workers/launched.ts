import { sayAlive } from '../processes/alive.ts';

/** What a worker tells the process that launched it. */
export type WorkerMessage =
  /** The folder of its run. */
  | { readonly run: string }
  /** All workers have met: from now on a run is gone on with where one of them is lost. */
  | { readonly met: true }
  /** It is done with its part, and ends. */
  | { readonly done: true }
  /** Why it ends, where it does not say so itself. */
  | { readonly failed: string };

/** Exit code of a worker that cannot go on without another one (`EX_TEMPFAIL`). */
export const LOST = 75;

/** Set for workers that were launched by this software. */
export const LAUNCHED = 'UNDERSTORY_LAUNCHED';

/** Says at which descriptor a launched worker finds memory for its sums; empty where there is none. */
export const SHARED = 'UNDERSTORY_SHARED';
export const SHARED_AT = 5;

export interface Launcher {
  readonly tell: (message: WorkerMessage) => void;
  /** The descriptor of memory that all workers share; absent where there is none. */
  readonly shared?: number;
}

/** The process that launched this one; undefined where somebody else did. This process ends with it. */
export const launcherOf = (): Launcher | undefined => {
  if (process.env[LAUNCHED] === undefined || !process.send) return undefined;
  sayAlive();
  process.on('disconnect', () => process.exit(LOST));
  process.channel?.unref();
  return {
    ...(process.env[SHARED] === String(SHARED_AT) && { shared: SHARED_AT }),
    tell: (message) => {
      if (process.connected) process.send?.(message);
    },
  };
};
