import { UnderstoryError } from '@understory/core/errors';
import { program } from './program.ts';

// A reader that goes away (`understory list | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

try {
  await program().parseAsync();
} catch (error) {
  const text = error instanceof UnderstoryError ? error.message : ((error as Error).stack ?? String(error));
  process.stderr.write(`\nunderstory: ${text}\n`);
  process.exitCode = 1;
}
