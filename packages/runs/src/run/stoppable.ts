import { watchForStop, type Run } from '@understory/tracking/node';

/** A signal that also aborts where somebody asks the run itself to stop, as the live page does. */
export interface Stoppable {
  readonly signal: AbortSignal;
  readonly watch: (run: Run) => void;
  readonly unwatch: () => void;
}

export const stoppable = (signal: AbortSignal | undefined): Stoppable => {
  const asked = new AbortController();
  let end: (() => void) | undefined;
  return {
    signal: signal ? AbortSignal.any([signal, asked.signal]) : asked.signal,
    watch({ folder }) {
      end = watchForStop(folder, () => asked.abort());
    },
    unwatch: () => end?.(),
  };
};
