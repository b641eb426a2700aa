import { makeTable, type MakeTableRequest } from '@understory/runs';
import { interruptible } from '../interrupt.ts';
import { inTerminal, sideBySide } from '../terminal.ts';

/** `understory reproduce <table>`: every row with every seed that has no result yet, then the table. */
export const reproduce = async (name: string, options: MakeTableRequest): Promise<void> => {
  const { signal, release } = interruptible();
  const listeners = { ...(options.jobs > 1 ? sideBySide : inTerminal), signal };
  const made = await makeTable(name, options, listeners).finally(release);
  if (made) process.stdout.write(`\n${made.page}\nKept in ${made.file}\n`);
};
