import { metricText, type EvaluatorResult } from '@understory/runs';
import { textTable } from '../text.ts';

/** A number of an evaluation: what is 0/0 is a dash. */
export const numberText = (value: number | undefined, unit?: string): string =>
  value === undefined || Number.isNaN(value) ? '–' : metricText(value, unit);

/** Lines of text, each two spaces in. */
export const indented = (text: string): string =>
  text
    .split('\n')
    .map((line) => (line === '' ? '' : `  ${line}`))
    .join('\n');

/** A number a line, their names padded to the longest. */
export const numbersText = ({ numbers, units }: EvaluatorResult): string => {
  const names = Object.keys(numbers);
  const width = Math.max(0, ...names.map(({ length }) => length));
  return indented(
    names.map((name) => `${name.padEnd(width)}  ${numberText(numbers[name], units[name])}`).join('\n'),
  );
};

/** Numbers of the same names side by side, a column each. */
export const besideText = (
  columns: Readonly<Record<string, Readonly<Record<string, number>>>>,
  units: Readonly<Record<string, string>>,
): string => {
  const heads = Object.keys(columns);
  const names = [...new Set(Object.values(columns).flatMap((numbers) => Object.keys(numbers)))];
  const rows = names.map((name) => [
    name,
    ...heads.map((head) => numberText(columns[head]?.[name], units[name])),
  ]);
  return indented(textTable(['', ...heads], rows));
};
