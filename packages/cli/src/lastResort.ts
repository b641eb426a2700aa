import { fileError } from '@understory/core/file-error';
import { tellFailure } from './failure.ts';

const SHOW_CURSOR = '\u001b[?25h';

/** Ends the process with a message. A progress bar may have hidden the cursor. */
const end = (error: unknown): void => {
  if (process.stderr.isTTY) process.stderr.write(SHOW_CURSOR);
  process.exit(tellFailure(error, 'understory'));
};

/**
 * A reader that goes away (`understory list | head`) is no error. A run that is under way stops as at SIGTERM, with a
 * checkpoint; whatever else is done ends at once.
 */
const onClosedOutput = (): void => {
  if (!process.emit('SIGTERM', 'SIGTERM')) process.exit(0);
};

const onOutputError = (error: NodeJS.ErrnoException, onClosed: () => void): void => {
  if (error.code === 'EPIPE') onClosed();
  else end(fileError('write', 'what it says', error));
};

/** Takes what no command can catch: errors of timers, streams and promises that nobody awaits, and outputs that close. */
export const installLastResort = (): void => {
  let closed = false;
  process.on('uncaughtException', end);
  process.on('unhandledRejection', end);
  process.stdout.on('error', (error: Error) =>
    onOutputError(error, () => {
      if (closed) return;
      closed = true;
      onClosedOutput();
    }),
  );
  // Nobody reads what would be told, and the work itself goes on.
  process.stderr.on('error', (error: Error) => onOutputError(error, () => undefined));
};
