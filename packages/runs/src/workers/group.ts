import type { Say } from '../listeners.ts';

/** Signals that ask a program to stop. */
export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGQUIT';

/** Workers that share each batch, on this machine. */
export interface GroupRequest {
  readonly size: number;
  /** What node runs in each of them. */
  readonly command: readonly string[];
  /** CPU threads of each. */
  readonly threads: number;
  readonly say: Say;
  readonly onRun: (folder: string) => void;
}
