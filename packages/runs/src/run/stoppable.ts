import { watchForStop, type Run } from '@understory/tracking/node';

/** A signal that also aborts where somebody asks the run itself to stop, as the live page does. */
export const stoppable = (
  signal: AbortSignal | undefined,
): { readonly signal: AbortSignal; readonly watch: (run: Run) => () => void } => {
  const asked = new AbortController();
  return {
    signal: signal ? AbortSignal.any([signal, asked.signal]) : asked.signal,
    watch: ({ folder }) => watchForStop(folder, () => asked.abort()),
  };
};
