import path from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  trainContenders,
  writeReport,
  type Collected,
  type Comparison,
  type ReportRequest,
} from '@understory/runs';
import { interruptible } from './interrupt.ts';
import { resultTable } from './resultTable.ts';
import { tell } from './output/voice.ts';
import { inTerminal } from './terminal.ts';

/** With the command that does this again. */
type Compare = Omit<Comparison, 'say' | 'signal'> & Omit<ReportRequest, 'seed'>;

/** Trains contenders, shows them as a table and writes their page; undefined where Ctrl-C ended it early. */
export const compare = async ({
  title,
  command,
  kept,
  ...comparison
}: Compare): Promise<readonly Collected[] | undefined> => {
  const { signal, release } = interruptible();
  const trained = await trainContenders({ ...comparison, ...inTerminal, signal }).finally(release);
  if ('stopped' in trained) {
    process.stdout.write(`Stopped. ${trained.stopped.folder} keeps a checkpoint.\n`);
    return undefined;
  }
  tell('\nWriting the report.');
  const { seed } = comparison.contenders[0].config;
  const report = await writeReport({ title, command, seed, ...(kept && { kept }) }, trained);
  const rows = trained.collected.map(({ label, finished }) => ({ label, ...finished }));
  process.stdout.write(`\n${resultTable(rows)}\n\nReport: ${path.relative('.', report)}\n`);
  process.stdout.write(`        ${pathToFileURL(path.resolve(report)).href}\n`);
  return trained.collected;
};
