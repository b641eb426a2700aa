import { duration, type TableState } from '@understory/runs';
import { textTable } from './text.ts';

const costText = ({ missing, estimated, kept, wanted }: TableState): string => {
  if (kept === wanted) return '–';
  if (missing === undefined) return 'not known';
  return estimated ? `about ${duration(missing)}` : duration(missing);
};

/** Tables that need the same data stand together. */
const sourcesText = (states: readonly TableState[]): string[] => {
  const users = new Map<string, string[]>();
  for (const { name, sources } of states)
    for (const { option, what, path, get } of sources) {
      const where = path === undefined ? '' : `, in ${path} unless ${option} says otherwise`;
      const line = `${what}${where}${get === undefined ? '' : ` (${get})`}`;
      users.set(line, [...(users.get(line) ?? []), name]);
    }
  return [...users].map(([line, names]) => `  ${line}: ${names.join(', ')}`);
};

/** Every table with what is kept of it and what is missing. */
export const tablesText = (states: readonly TableState[], scale: string): string => {
  const rows = states.map((state) => [
    ...[state.name, String(state.rows), `${state.kept}/${state.wanted}`, costText(state), state.title],
  ]);
  return [
    textTable(['table', 'rows', 'kept', 'missing, time', 'what'], rows),
    '',
    'Time is one run after the other: measured where a row was trained with another seed, else "about": an estimate from multiply-adds.',
    'Data:',
    ...sourcesText(states),
    '',
    `This is --scale ${scale}. understory reproduce <table> trains what is missing; --json also says which settings are ours.`,
  ].join('\n');
};
