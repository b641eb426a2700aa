import { html, type Content, type Html } from './markup.ts';
import { COLOURED } from './palette.ts';

/** Width of a drawing in its own units. */
export const WIDTH = 200;
/** How far a box may reach beyond the picture. */
const OUTSIDE = 10;

export interface DrawnBox {
  /** Top, left, bottom, right, in pixels of the picture. */
  readonly sides: readonly number[];
  readonly name?: string;
  readonly probability?: number;
}

export interface BoxDrawing {
  /** Height and width of the picture in pixels. */
  readonly size: readonly [number, number];
  /** The picture in the drawing's units, so high. */
  readonly picture: (height: number) => Content;
  /** In the colours of their classes. */
  readonly boxes: readonly DrawnBox[];
  /** Whether each of these has its number: a list beside the drawing tells what it is. */
  readonly numbered: boolean;
  /** Boxes with dashed lines, over the others. */
  readonly dashed: readonly DrawnBox[];
  /** Names of the dataset's classes: their places are their colours. */
  readonly names: readonly string[];
  /** What is to be seen, in words. */
  readonly description: string;
}

export const isSound = ({ sides }: Pick<DrawnBox, 'sides'>): boolean => sides.every(Number.isFinite);

/** A length in a drawing. */
export const at = (n: number): string => n.toFixed(1);

/** A box in the drawing's units; what reaches far beyond the picture ends a little outside of it. */
const inDrawing = ({ sides }: DrawnBox, [h, w]: BoxDrawing['size']): readonly number[] => {
  const scale = WIDTH / w;
  return sides.map((v, i) =>
    Math.max(-OUTSIDE, Math.min((i % 2 === 0 ? h : w) * scale + OUTSIDE, v * scale)),
  );
};

const outline = (box: DrawnBox, { size }: BoxDrawing, css: string): Html => {
  const [top = 0, left = 0, bottom = 0, right = 0] = inDrawing(box, size);
  const place = html`x="${at(left)}" y="${at(top)}"`;
  return html`<rect
    class="${css}"
    ${place}
    width="${at(Math.max(0, right - left))}"
    height="${at(Math.max(0, bottom - top))}"
  />`;
};

/** The page's class for the colour of a box: that of its class. */
export const boxColour = ({ name }: DrawnBox, names: readonly string[]): string => {
  const c = name === undefined ? -1 : names.indexOf(name);
  return c < 0 ? 'rest' : `k${c % COLOURED}`;
};

/** A picture with boxes over it. */
export const boxDrawing = (drawing: BoxDrawing): Html => {
  const { size, boxes, dashed, names, description } = drawing;
  const height = (size[0] / size[1]) * WIDTH;
  const numbers = (drawing.numbered ? boxes : []).map((box, i) => {
    const [top = 0, left = 0] = inDrawing(box, size);
    const [x, y] = [Math.min(WIDTH - 18, Math.max(0, left) + 3), Math.min(height - 3, Math.max(0, top) + 13)];
    return html`<text x="${at(x)}" y="${at(y)}">${i + 1}</text>`;
  });
  return html`<svg class="boxes" viewBox="0 0 ${WIDTH} ${at(height)}" role="img" aria-label="${description}">
    ${drawing.picture(height)}${[...boxes, ...dashed].map((box) => outline(box, drawing, 'halo'))}${boxes.map((box) => outline(box, drawing, `box ${boxColour(box, names)}`))}${dashed.map((box) => outline(box, drawing, 'box dashed'))}${numbers}
  </svg>`;
};
