import { UnderstoryError } from '@understory/core';
import { listTables, makeTable, type MadeTable, type MakeTableRequest } from '@understory/runs';
import { interruptible } from '../interrupt.ts';
import { typable } from '../output/width.ts';
import { inTerminal, sideBySide } from '../terminal.ts';
import { tablesText } from '../tablesText.ts';
import { jsonText } from '../text.ts';

/** What rows that failed amount to, all together. A fault of the software is told as such. */
const failureOf = ({ failed, skipped }: MadeTable, again: string): unknown => {
  const fault = failed.find(({ error }) => !(error instanceof UnderstoryError));
  if (fault) return fault.error;
  const names = failed.map(({ name }) => name).join(', ');
  const waiting = skipped.length > 0 ? `, and ${skipped.length} that build on them were not begun` : '';
  const rows = failed.length === 1 ? 'row failed' : 'rows failed';
  return new UnderstoryError(
    'rows-failed',
    `${failed.length} ${rows} (${names}), each as told above${waiting}. The table holds the others. Mend what is wrong and give ` +
      `${again}: it trains what is missing.`,
  );
};

export interface ReproduceOptions extends MakeTableRequest {
  readonly json?: boolean;
  readonly overwrite?: boolean;
}

/** What is said beside a name, or beside none, and would be left out. */
const checkOptions = (name: string | undefined, options: ReproduceOptions): void => {
  const { json, only, into, picture, kept, set = [] } = options;
  if (name !== undefined && json)
    throw new UnderstoryError(
      'options',
      'The list of tables has --json, a table has not. Leave out the name, or --json.',
    );
  const ofTables = {
    '--only': only,
    '--into': into,
    '--picture': picture,
    '--kept': kept || undefined,
    '--set': set[0],
  };
  const [given] = Object.entries(ofTables).find(([, value]) => value !== undefined) ?? [];
  if (name === undefined && given !== undefined)
    throw new UnderstoryError(
      'options',
      `${given} is for one table. Name it before: understory reproduce cifar100 ${given} …`,
    );
};

/** `understory reproduce`: every table, what is kept of it and what the rest would cost. */
const list = async ({ json = false, ...options }: ReproduceOptions): Promise<void> => {
  const states = await listTables(options);
  process.stdout.write(`${json ? jsonText(states) : typable(tablesText(states, options.scale))}\n`);
};

/** `understory reproduce <table>`: every row with every seed that has no result yet, then the table. */
export const reproduce = async (name: string | undefined, options: ReproduceOptions): Promise<void> => {
  checkOptions(name, options);
  if (name === undefined) return list(options);
  const { signal, release } = interruptible();
  const listeners = { ...(options.jobs > 1 ? sideBySide : inTerminal), signal };
  const made = await makeTable(name, options, listeners).finally(release);
  if (!made) return;
  process.stdout.write(`\n${made.page}\nKept in ${made.file}\n`);
  const { picture, overwrite = false } = options;
  // The picture is drawn already, of the rows that have not failed.
  const again = picture === undefined || overwrite ? 'the same command' : 'the same command with --overwrite';
  if (made.failed.length > 0) throw failureOf(made, again);
};
