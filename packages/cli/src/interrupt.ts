/** Aborts on the first Ctrl-C, so that the step in flight ends and a checkpoint is written; the second ends at once. */
export const interruptible = (
  word = 'Stopping after this step, with a checkpoint. Ctrl-C again stops at once.',
): { readonly signal: AbortSignal; readonly release: () => void } => {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130);
    process.stderr.write(`\n${word}\n`);
    process.exitCode = 130;
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return {
    signal: controller.signal,
    release: () => {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
    },
  };
};
