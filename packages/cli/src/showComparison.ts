import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Collected } from '@understory/runs';
import { resultTable } from './resultTable.ts';

/** The end of a comparison in the terminal: the table, and where the page is. */
export const showComparison = ({
  collected,
  report,
}: {
  collected: readonly Collected[];
  report: string;
}): void => {
  const rows = collected.map(({ label, finished }) => ({ label, ...finished }));
  process.stdout.write(`\n${resultTable(rows)}\n\n`);
  process.stdout.write(
    `Report: ${path.relative('.', report)}\n        ${pathToFileURL(path.resolve(report)).href}\n`,
  );
};
