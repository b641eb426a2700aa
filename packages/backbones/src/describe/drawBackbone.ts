import { unknownName, type Backbone } from '@understory/core';
import { describeBackbone, type BackboneDescription, type PartDescription } from './describeBackbone.ts';
import { element, escape, label } from './svg.ts';

/** A head to draw below the tap that it hangs on. */
export interface HeadDrawing {
  readonly name: string;
  /** Name of the tap. */
  readonly tap: string;
  /** What it gives, in a word or two: `512 numbers`, `10 classes`. */
  readonly gives?: string;
}

interface Column extends PartDescription {
  readonly x: number;
  readonly width: number;
  readonly height: number;
}

const [GAP, LEFT, MIDDLE, TALLEST, HEADS] = [22, 100, 112, 130, 236];

const STYLE = `text{font:11px system-ui,sans-serif;text-anchor:middle;fill:#24342c}.small{font-size:9px;fill:#5d6f65}
.part{fill:#cfe3d4;stroke:#3f7556}.input{fill:#f4ead2;stroke:#a88a3c}.head{fill:#fbe3c8;stroke:#c9741f;stroke-dasharray:4 2}
.flow{stroke:#7d9286;stroke-width:1.5}.hang{stroke:#c9741f;fill:none}.tap{fill:#c9741f}
@media(prefers-color-scheme:dark){text{fill:#e2ece6}.small{fill:#a5b5ab}.part{fill:#2c4a39}.input{fill:#4a4327}.head{fill:#503620}}`;

const times = (shape: readonly number[]): string => shape.join('×');

/** A part's box: as tall as the fourth root of its positions, as wide as the logarithm of its channels. */
const columnsOf = ({ parts, input }: BackboneDescription): Column[] => {
  const full = Math.sqrt(input[0]! * input[1]!);
  const shown = parts.filter((part) => part.parameters > 0 || part.tap !== undefined);
  let x = LEFT;
  return shown.map((part) => {
    const positions = part.shape.length === 3 ? part.shape[0]! * part.shape[1]! : 1;
    const column = {
      ...part,
      x,
      width: 14 + 6 * Math.log2(1 + part.shape.at(-1)!),
      height: 22 + (TALLEST - 22) * Math.sqrt(Math.sqrt(positions) / full),
    };
    x += column.width + GAP;
    return column;
  });
};

const rectangle = (kind: string, x: number, y: number, [width, height]: readonly [number, number]): string =>
  element('rect', { class: kind, x, y, width, height, rx: 3 });

const flow = (from: number, to: number): string =>
  element('line', { class: 'flow', x1: from, y1: MIDDLE, x2: to, y2: MIDDLE });

const drawColumn = (column: Column, previous: number): string => {
  const { x, width, height, name, shape, parameters } = column;
  const top = MIDDLE - height / 2;
  const hint = element('title', {}, escape(`${name}: ${parameters.toLocaleString('en')} parameters`));
  const marks = [
    label(x + width / 2, top - 6, name),
    label(x + width / 2, top + height + 12, times(shape), 'label small'),
  ];
  return element('g', {}, hint, flow(previous, x), rectangle('part', x, top, [width, height]), ...marks);
};

const drawHead = ({ name, gives }: HeadDrawing, column: Column, level: number): string => {
  const right = column.x + column.width;
  const [x, y] = [right - 4, HEADS + 44 * level];
  const dot = element('circle', { class: 'tap', cx: right, cy: MIDDLE, r: 3.5 });
  const cord = element('path', { class: 'hang', d: `M${right.toFixed(1)} ${MIDDLE}V${y}` });
  const width = Math.max(70, 7 * name.length + 12);
  const words = [
    label(x + width / 2, y + 15, name),
    label(x + width / 2, y + 27, gives ?? '', 'label small'),
  ];
  return element('g', {}, cord, dot, rectangle('head', x, y, [width, 34]), ...words);
};

/**
 * A picture of a backbone as SVG text: its parts from left to right, their resolution as height, and the heads below
 * the taps that they hang on. Colours follow the reader's light or dark scheme.
 * @throws UnderstoryError `unknown-name` where a head hangs on a tap that is not there
 */
export const drawBackbone = (backbone: Backbone, heads: readonly HeadDrawing[] = []): string => {
  const described = describeBackbone(backbone);
  const columns = columnsOf(described);
  const taps = columns.flatMap(({ tap }) => tap ?? []);
  const side = 60;
  const input = [
    rectangle('input', 14, MIDDLE - side / 2, [side, side]),
    label(44, MIDDLE + 4, 'images'),
    label(44, MIDDLE + side / 2 + 12, times(described.input), 'label small'),
  ];
  const hung = heads.map((head, i) => {
    const column = columns.find(({ tap }) => tap === head.tap);
    if (!column) throw unknownName(`tap of ${backbone.name}`, head.tap, taps);
    return drawHead(head, column, (heads.length - 1 - i) % 3);
  });
  const ends = [14 + side, ...columns.map(({ x, width }) => x + width)];
  const width = ends.at(-1)! + 90;
  const height = heads.length > 0 ? HEADS + 44 * Math.min(3, heads.length) : 210;
  const title = element('title', {}, escape(`${backbone.name} with ${heads.length} heads`));
  const drawn = [...input, ...columns.map((column, i) => drawColumn(column, ends[i]!)), ...hung];
  const box = { viewBox: `0 0 ${width.toFixed(0)} ${height}`, width: Math.round(width), height, role: 'img' };
  return element(
    'svg',
    { xmlns: 'http://www.w3.org/2000/svg', ...box },
    title,
    element('style', {}, STYLE),
    ...drawn,
  );
};
