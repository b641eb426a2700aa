import { OF_CLASSES, referenceOf, type Row, type Table } from '@understory/recipes/experiments';
import { beyondChance, type Gap } from './beyondChance.ts';
import { differenceSentences } from './differenceSentences.ts';
import type { KeptResult } from './keptResults.ts';
import { gapsBySeed, percent, referenceLabel, rowFigures, shortLabel, type Results } from './rowFigures.ts';
import { differenceText } from './statistics.ts';

/** A table in Markdown whose columns are padded, as prettier leaves them. */
const alignedTable = (header: readonly string[], rows: readonly (readonly string[])[]): string => {
  const widths = header.map((_, c) => Math.max(3, ...[header, ...rows].map((row) => row[c]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, c) => cell.padEnd(widths[c]!)).join(' | ')} |`;
  return [line(header), line(widths.map((w) => '-'.repeat(w))), ...rows.map(line)].join('\n');
};

/** Differences as cells; a star where one is beyond chance, and of how many seeds where a row has more of them. */
const gapCells = (gaps: readonly (Gap & { readonly seeds: number })[]): string[] => {
  const beyond = beyondChance(gaps);
  return gaps.map(({ above, seeds }, i) => {
    if (!above) return '–';
    const over = above.seeds < seeds ? `, of ${above.seeds} seed${above.seeds === 1 ? '' : 's'}` : '';
    return `${differenceText(above)}${beyond[i] ? ' *' : ''}${over}`;
  });
};

/** How the table's contender differs from each other row after the last epoch, beyond the column that has the reference. */
const contenderText = (table: Table, results: Results): string[] => {
  const { contender, reference, rows, measures = OF_CLASSES, told = 'test' } = table;
  if (contender === undefined) return [];
  const numberOf = (result: KeptResult): number => percent(result, 'last', measures[0].metric, told);
  const all = rows
    .filter(({ key }) => key !== contender && key !== reference)
    .map(({ key }) => ({
      name: `${shortLabel(table, contender)} against ${shortLabel(table, key)}, ${measures[0].label}, last epoch`,
      gaps: gapsBySeed(results.get(key) ?? [], results.get(contender) ?? [], numberOf),
    }));
  return differenceSentences(all, 'points').map((line) => `- ${line}`);
};

/** The network or dataset of each row, as a column where any has one. */
const groupCells = (rows: readonly Row[]): readonly (readonly string[])[] =>
  rows.map(({ group }) => (rows.some((row) => row.group !== undefined) ? [group ?? '–'] : []));

/** A table in Markdown, of the rows that have a result, and what its contender reached beside each other one. */
export const tableText = (table: Table, results: Results): string => {
  const shown = table.rows.flatMap((row) => {
    const figures = rowFigures(row, table, results);
    return figures ? [{ row, ...figures }] : [];
  });
  if (shown.length === 0) return 'No row of this table has been trained.';
  const gaps = (which: 'last' | 'best'): string[] =>
    gapCells(
      shown.map((one) => ({
        ...{ reference: referenceOf(table, one.row), above: one[which].above },
        seeds: one[which].numbers.length,
      })),
    );
  const [last, best] = [gaps('last'), gaps('best')];
  const groups = groupCells(shown.map(({ row }) => row));
  const rows = shown.map(({ row, ...own }, i) => [
    ...(groups[i] ?? []),
    ...[row.label, own.last.first, last[i] ?? '–', own.last.second, own.best.first, best[i] ?? '–'],
    ...[own.seeds, row.paper ?? '–'],
  ]);
  const [first, second] = table.measures ?? OF_CLASSES;
  const above = `above ${referenceLabel(table)}`;
  const header = [
    ...((groups[0] ?? []).length > 0 ? ['on'] : []),
    'method',
    `${first.label}, last epoch, %`,
    above,
    `${second.label}, %`,
    `${first.label}, best epoch, %`,
    above,
    'seeds',
    table.paperColumn ?? 'paper',
  ];
  const sentences = contenderText(table, results).join('\n');
  return alignedTable(header, rows) + (sentences && `\n\n${sentences}`);
};
