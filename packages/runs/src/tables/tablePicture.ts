import { OF_CLASSES, referenceOf, rowOf, type Row, type Table } from '@understory/recipes/experiments';
import { writeAtomic } from '@understory/tracking/node';
import { at, escaped, FONT, shortened, svg } from '../pictures/svg.ts';
import { beyondChance } from './beyondChance.ts';
import { referenceLabel, rowFigures, type Reached, type Results } from './rowFigures.ts';
import { meanAndDeviation } from './statistics.ts';

/** A row as it is drawn. */
interface Drawn {
  readonly row: Row;
  readonly last: Reached;
  /** By how much the paper has it above its reference; undefined where it has no number. */
  readonly published: number | undefined;
  /** Whether its difference is beyond chance among all rows of its reference. */
  readonly beyond: boolean;
}

const publishedOf = ({ paper = '' }: Row): number => Number.parseFloat(paper);

/** Rows apart are measured against none, and have no place in it. */
const drawnRows = (table: Table, results: Results): readonly Drawn[] => {
  const compared = table.rows.filter(({ apart }) => !apart);
  const shown = compared.flatMap((row) => {
    const figures = rowFigures(row, table, results);
    return figures && figures.last.numbers.some((n) => !Number.isNaN(n)) ? [{ row, last: figures.last }] : [];
  });
  const beyond = beyondChance(
    shown.map(({ row, last }) => ({ reference: referenceOf(table, row), above: last.above })),
  );
  return shown.map(({ row, last }, i) => {
    const published = publishedOf(row) - publishedOf(rowOf(table, referenceOf(table, row)));
    return {
      row,
      last,
      published: Number.isNaN(published) ? undefined : published,
      beyond: beyond[i] ?? false,
    };
  });
};

const WIDTH = 900;
const LEFT = 250; // where the plot begins, in pixels
const RIGHT = 630; // and ends
const LINE = 24; // height of a row
const TOP = 92;

/** Ends of the axis: all differences, and intervals unless they would make everything else small. */
const domainOf = (rows: readonly Drawn[]): readonly [number, number] => {
  const middles = rows.flatMap(({ last, published }) => [last.above?.mean ?? 0, published ?? 0]);
  const most = Math.max(1, 2 * Math.max(...middles.map(Math.abs)));
  const ends = rows.flatMap(({ last }) => [...(last.above?.interval ?? [])]);
  const all = [...middles, ...ends.map((end) => Math.max(-most, Math.min(most, end)))];
  const [low, high] = [Math.min(0, ...all), Math.max(0, ...all)];
  const margin = 0.05 * (high - low);
  return [low - margin, high + margin];
};

/** Round numbers on an axis, some six of them. */
const ticksOf = ([low, high]: readonly [number, number]): number[] => {
  const raw = (high - low) / 6;
  const size = 10 ** Math.floor(Math.log10(raw));
  const step = size * ([1, 2, 5, 10].find((n) => n * size >= raw) ?? 10);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
};

type Place = (points: number) => number;

const text = (x: number, y: number, content: string, more = ''): string =>
  `<text x="${at(x)}" y="${at(y)}"${more}>${escaped(content)}</text>`;

const interval = ({ last, beyond }: Drawn, y: number, place: Place): string => {
  const { above } = last;
  if (!above) return `<circle cx="${at(place(0))}" cy="${at(y)}" r="4" class="reference"/>`;
  const kind = beyond ? 'sure' : 'chance';
  const [low, high] = (above.interval ?? [above.mean, above.mean]).map(place) as [number, number];
  const [from, to] = [Math.max(LEFT, low), Math.min(RIGHT, high)];
  const cap = (x: number, end: number): string =>
    x === end ? `<path d="M${at(x)} ${at(y - 4)}v8" class="${kind}"/>` : ''; // none where the interval goes on
  return (
    `<path d="M${at(from)} ${at(y)}H${at(to)}" class="${kind}"/>${cap(from, low)}${cap(to, high)}` +
    `<circle cx="${at(place(above.mean))}" cy="${at(y)}" r="4.5" class="${kind}"/>`
  );
};

const diamond = (x: number, y: number): string =>
  `<path d="M${at(x)} ${at(y - 6)}l6 6l-6 6l-6 -6z" class="paper"/>`;

const atRight = (content: string, y: number): string =>
  text(WIDTH - 20, y, content, ' text-anchor="end" class="quiet"');

const rowOfPicture = (drawn: Drawn, y: number, place: Place): string => {
  const { row, last, published } = drawn;
  const isReference = last.above === undefined;
  return [
    text(LEFT - 14, y + 4, shortened(row.label, 34), ' text-anchor="end"'),
    published !== undefined && !isReference ? diamond(place(published), y) : '',
    interval(drawn, y, place),
    text(RIGHT + 20, y + 4, meanAndDeviation(last.numbers)),
  ].join('');
};

/** Rows with a line above those of each network or dataset. */
const linesOf = (rows: readonly Drawn[]): readonly (Drawn | string)[] =>
  rows.flatMap((drawn, i) => {
    const { group } = drawn.row;
    return group !== undefined && group !== rows[i - 1]?.row.group ? [group, drawn] : [drawn];
  });

const axis = (domain: readonly [number, number], bottom: number, place: Place): string =>
  ticksOf(domain)
    .map((tick) => {
      const x = place(tick);
      const kind = tick === 0 ? 'zero' : 'grid';
      const label = Math.abs(tick) < 1e-9 ? '0' : String(Number(tick.toPrecision(4)));
      return `<path d="M${at(x)} ${TOP - 12}V${at(bottom)}" class="${kind}"/>${text(x, bottom + 18, label, ' text-anchor="middle" class="quiet"')}`;
    })
    .join('');

const STYLE = `<style>
.page{fill:#fff}text{fill:#1a202c}.quiet{fill:#5b6676}.grid{stroke:#e5e9ef}.zero{stroke:#8b95a5}
path.sure,circle.sure{stroke:#1f7a4d}circle.sure{fill:#1f7a4d}path.chance,circle.chance{stroke:#6b7787}circle.chance{fill:#6b7787}
.reference{fill:none;stroke:#6b7787;stroke-width:1.5}.paper{fill:none;stroke:#b7791f;stroke-width:1.5}path.sure,path.chance{stroke-width:2}
@media(prefers-color-scheme:dark){.page{fill:#0d1117}text{fill:#e6edf3}.quiet{fill:#9aa6b5}.grid{stroke:#252c36}.zero{stroke:#6f7b8b}
path.sure,circle.sure{stroke:#4cc38a}circle.sure{fill:#4cc38a}path.chance,circle.chance{stroke:#98a4b3}circle.chance{fill:#98a4b3}
.reference{stroke:#98a4b3}.paper{stroke:#e3b341}}
</style>`;

const legend = (y: number, withPaper: boolean): string =>
  [
    `<circle cx="26" cy="${at(y)}" r="4.5" class="sure"/>`,
    text(38, y + 4, 'beyond chance', ' class="quiet"'),
    `<circle cx="166" cy="${at(y)}" r="4.5" class="chance"/>`,
    text(178, y + 4, 'within chance among all rows (Holm); bars: 95 % interval', ' class="quiet"'),
    ...(withPaper
      ? [diamond(592, y), text(606, y + 4, "the paper's difference, at its own scale", ' class="quiet"')]
      : []),
  ].join('');

/** A table as SVG, light or dark as the page is: each row's difference to its reference with its interval, the paper's beside. */
export const tablePicture = (table: Table, results: Results): string => {
  const rows = drawnRows(table, results);
  const lines = linesOf(rows);
  const [first] = table.measures ?? OF_CLASSES;
  const bottom = TOP + LINE * Math.max(1, lines.length);
  const domain = domainOf(rows);
  const withPaper = rows.some(({ row }) => !Number.isNaN(publishedOf(row)));
  const place: Place = (points) => LEFT + ((points - domain[0]) / (domain[1] - domain[0])) * (RIGHT - LEFT);
  const drawn = lines.map((line, i) => {
    const y = TOP + LINE * i + LINE / 2 - 6;
    if (typeof line === 'string') return text(20, y + 4, line, ' font-weight="600"');
    return rowOfPicture(line, y, place) + (withPaper ? atRight(line.row.paper ?? '–', y + 4) : '');
  });
  const content = [
    `<title>${escaped(table.title)}</title>${STYLE}<rect width="100%" height="100%" rx="6" class="page"/><g ${FONT} font-size="13">`,
    text(20, 30, shortened(table.title, 105), ' font-size="16" font-weight="600"'),
    text(
      20,
      52,
      `${first.label}, last epoch: points above ${referenceLabel(table)}, seed by seed`,
      ' class="quiet"',
    ),
    text(RIGHT + 20, 70, `${first.label}, %`, ' class="quiet"'),
    withPaper ? atRight('paper', 70) : '',
    rows.length > 0 ? axis(domain, bottom, place) : text(20, TOP, 'No row of this table has been trained.'),
    ...drawn,
    legend(bottom + 44, withPaper),
    '</g>',
  ];
  return svg([bottom + 66, WIDTH], content.join('\n')).toString();
};

/** Writes a table's picture. */
export const writeTablePicture = (file: string, table: Table, results: Results): Promise<void> =>
  writeAtomic(file, `${tablePicture(table, results)}\n`);
