import { at, escaped, FONT, shortened, widthOf } from './svg.ts';

/** Colours of classes, after Paul Tol's "bright" and "vibrant" schemes; after the last the first comes again. */
const COLOURS = [
  ['#0077bb', '#fff'],
  ['#ee7733', '#000'],
  ['#009988', '#fff'],
  ['#cc3311', '#fff'],
  ['#33bbee', '#000'],
  ['#ee3377', '#fff'],
  ['#ccbb44', '#000'],
  ['#aa3377', '#fff'],
  ['#228833', '#fff'],
  ['#bbbbbb', '#000'],
] as const;

export interface DrawnBox {
  /** Top, left, bottom, right in pixels of the drawing. */
  readonly box: readonly [number, number, number, number];
  /** Which colour: the class, from 0. */
  readonly colour: number;
  readonly text: string;
  readonly dashed?: boolean;
}

/** How thick lines are and how large letters, in pixels. */
export interface Strokes {
  readonly line: number;
  readonly letter: number;
}

const within = (least: number, value: number, most: number): number => Math.max(least, Math.min(most, value));

/** Lines and letters that can be seen on a picture of this size. */
export const strokesFor = ([height, width]: readonly [number, number]): Strokes => {
  const side = Math.min(height, width);
  return { line: within(1, side / 220, 8), letter: within(9, side / 32, 48) };
};

/** Characters of a name. */
const MOST = 40;

const colourOf = (colour: number): (typeof COLOURS)[number] =>
  COLOURS[((colour % COLOURS.length) + COLOURS.length) % COLOURS.length] ?? COLOURS[0];

const outline = ({ box, colour, dashed }: DrawnBox, { line }: Strokes): string => {
  const [top, left, bottom, right] = box;
  const place = `x="${at(left)}" y="${at(top)}" width="${at(right - left)}" height="${at(bottom - top)}" fill="none"`;
  const dashes = dashed ? ` stroke-dasharray="${at(4 * line)} ${at(3 * line)}"` : '';
  return (
    `<rect ${place} stroke="#fff" stroke-opacity=".7" stroke-width="${at(2 * line)}"/>` +
    `<rect ${place} stroke="${colourOf(colour)[0]}" stroke-width="${at(line)}"${dashes}/>`
  );
};

/** The name above its box, or within it where there is no room; never beyond the drawing. */
const label = (
  { box: [top, left], colour, text }: DrawnBox,
  { line, letter }: Strokes,
  [, width]: readonly [number, number],
): string => {
  const said = shortened(text, MOST);
  if (said === '') return '';
  const [ground, ink] = colourOf(colour);
  const high = 1.35 * letter;
  const long = letter * (widthOf(said) + 0.6);
  const x = Math.max(0, Math.min(left - line / 2, width - long));
  const y = top - high >= 0 ? top - high : Math.max(0, top);
  return (
    `<rect x="${at(x)}" y="${at(y)}" width="${at(long)}" height="${at(high)}" fill="${ground}" fill-opacity=".85"/>` +
    `<text x="${at(x + 0.3 * letter)}" y="${at(y + letter)}" font-size="${at(letter)}" ${FONT} fill="${ink}">${escaped(said)}</text>`
  );
};

const areaOf = ({ box: [top, left, bottom, right] }: DrawnBox): number => (bottom - top) * (right - left);

/** Boxes with their names as markup of an SVG of this size: large ones first, so that they hide none; names over all. */
export const drawnBoxes = (
  boxes: readonly DrawnBox[],
  size: readonly [number, number],
  strokes = strokesFor(size),
): string => {
  const sound = boxes.filter(({ box }) => box.every(Number.isFinite));
  const order = [...sound].sort((a, b) => areaOf(b) - areaOf(a));
  return [
    ...order.map((box) => outline(box, strokes)),
    ...order.map((box) => label(box, strokes, size)),
  ].join('');
};
