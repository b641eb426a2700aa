import { duration, type TableState } from '@understory/runs';
import { wrapped } from './commands/dataCheckText.ts';
import { count, textTable } from './text.ts';

/** Hours and days where seconds say nothing any more. */
const longTime = (seconds: number): string => {
  const hours = seconds / 3600;
  if (hours < 2) return duration(seconds);
  return hours < 48 ? `${hours.toFixed(0)} h` : `${count(Math.round(hours / 24))} days`;
};

const costText = ({ missing, estimated, kept, wanted }: TableState): string => {
  if (kept === wanted) return '–';
  if (missing === undefined) return 'not known';
  return estimated ? `about ${longTime(missing)}` : longTime(missing);
};

const keptText = ({ kept, wanted, fromFolders }: TableState): string =>
  `${kept}/${wanted}${fromFolders ? ' *' : ''}`;

/** Each kind of data, where it is looked for, and the tables that are made of it. */
const sourcesText = (states: readonly TableState[]): string[] => {
  const users = new Map<string, string[]>();
  for (const { name, sources } of states)
    for (const { option, what, path, get } of sources) {
      const where = path === undefined ? '' : `, by default in ${path}`;
      const line = `${option} ${what}${where}${get === undefined ? '' : ` (${get})`}`;
      users.set(line, [...(users.get(line) ?? []), name]);
    }
  return [...users].map(([line, names]) => wrapped(`${line}: ${names.join(', ')}.`));
};

/** How the times were come by, and what they leave out. */
const notesOf = (states: readonly TableState[]): string[] => {
  const speed = states.some(({ kept }) => kept > 0)
    ? 'the speed of what is kept'
    : 'what two cores usually do';
  return [
    'Time: one run after the other on this machine, as measured with other seeds. Where it says about, it is estimated from ' +
      `multiply-adds, at ${speed}.`,
    'Rows that are of another table too are trained once.',
  ];
};

/** Every table with what is kept of it and what is missing. */
export const tablesText = (states: readonly TableState[], scale: string): string => {
  const rows = states.map((state) => [
    ...[state.name, String(state.rows), keptText(state), costText(state), state.title],
  ]);
  const folders = states.some(({ fromFolders }) => fromFolders)
    ? [wrapped('* Kept of image folders or tars, given by --data and --test.')]
    : [];
  return [
    textTable(['table', 'rows', 'kept', 'time missing', 'what'], rows),
    '',
    ...folders,
    ...notesOf(states).map((note) => wrapped(note)),
    '',
    ...sourcesText(states),
    '',
    wrapped(
      `This is --scale ${scale}. understory reproduce <table> trains what is missing; --json says which settings are ours, too.`,
    ),
  ].join('\n');
};
