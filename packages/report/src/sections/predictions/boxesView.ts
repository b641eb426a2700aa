import type { PredictedBox } from '@understory/core';
import { percent } from '../../page/format.ts';
import { html, type Content, type Html } from '../../page/markup.ts';
import { COLOURED } from '../../page/palette.ts';
import { dataUri, thumbnail } from '../../page/picture.ts';
import type { KindView, Scene } from './view.ts';

/** Width of a drawing in its own units, longest side of the picture within in pixels, and boxes that are drawn. */
const WIDTH = 200;
const LONGEST = 200;
const DRAWN = 20;
const OUTSIDE = 10;

interface Box {
  /** Top, left, bottom, right, in pixels of the image. */
  readonly sides: readonly number[];
  readonly name?: string;
  readonly probability?: number;
}

/** Boxes of a target; one without area is none. A fifth number is taken for a class. */
const trueBoxes = ({ truth, names }: Scene): Box[] | undefined => {
  if (!truth) return undefined;
  const { shape, data } = truth.values;
  const [rows = 0, width = 4] = shape;
  const all = Array.from({ length: rows }, (_, i) => Array.from(data.subarray(i * width, (i + 1) * width)));
  return all
    .filter(([top, left, bottom, right]) => bottom! > top! && right! > left!)
    .map(([top, left, bottom, right, label]): Box => {
      const name = label === undefined ? undefined : names[label];
      return { sides: [top!, left!, bottom!, right!], ...(name !== undefined && { name }) };
    })
    .filter(isSound);
};

const isSound = ({ sides }: Box): boolean => sides.every(Number.isFinite);

const predictedBoxes = (boxes: readonly PredictedBox[]): Box[] =>
  boxes.map(({ box, class: name, probability }) => ({ sides: box, name, probability }));

const at = (n: number): string => n.toFixed(1);

interface Drawing {
  readonly boxes: readonly Box[];
  readonly dashed?: readonly Box[];
  readonly scene: Scene;
  /** Whether it holds the picture that the others of the example point to. */
  readonly first: boolean;
  readonly description: string;
}

/** A box in the drawing's units; what reaches far beyond the picture ends a little outside of it. */
const inDrawing = ({ sides }: Box, { example }: Scene): readonly number[] => {
  const [h = 1, w = 1] = example.picture.shape;
  const scale = WIDTH / w;
  return sides.map((v, i) =>
    Math.max(-OUTSIDE, Math.min((i % 2 === 0 ? h : w) * scale + OUTSIDE, v * scale)),
  );
};

const outline = (box: Box, scene: Scene, css: string): Html => {
  const [top = 0, left = 0, bottom = 0, right = 0] = inDrawing(box, scene);
  const place = html`x="${at(left)}" y="${at(top)}"`;
  return html`<rect
    class="${css}"
    ${place}
    width="${at(Math.max(0, right - left))}"
    height="${at(Math.max(0, bottom - top))}"
  />`;
};

const picture = ({ scene: { example, at: place }, first }: Drawing, height: number): Html => {
  const id = `example-${place}-picture`;
  if (!first) return html`<use href="#${id}" />`;
  const uri = dataUri(thumbnail(example.picture, LONGEST));
  return html`<image id="${id}" href="${uri}" width="${WIDTH}" height="${at(height)}" />`;
};

const drawn = (drawing: Drawing): Html => {
  const { boxes, dashed = [], scene, description } = drawing;
  const { names, example } = scene;
  const [h = 1, w = 1] = example.picture.shape;
  const height = (h / w) * WIDTH;
  const colour = ({ name }: Box): string => {
    const c = name === undefined ? -1 : names.indexOf(name);
    return c < 0 ? 'rest' : `k${c % COLOURED}`;
  };
  const numbers = boxes.map((box, i) => {
    const [top = 0, left = 0] = inDrawing(box, scene);
    const [x, y] = [Math.min(WIDTH - 18, Math.max(0, left) + 3), Math.min(height - 3, Math.max(0, top) + 13)];
    return html`<text x="${at(x)}" y="${at(y)}">${i + 1}</text>`;
  });
  return html`<svg class="boxes" viewBox="0 0 ${WIDTH} ${at(height)}" role="img" aria-label="${description}">
    ${picture(drawing, height)}${[...boxes, ...dashed].map((box) => outline(box, scene, 'halo'))}${boxes.map((box) => outline(box, scene, `box ${colour(box)}`))}${dashed.map((box) => outline(box, scene, 'box dashed'))}${numbers}
  </svg>`;
};

const told = ({ name = 'a thing', probability }: Box): string =>
  probability === undefined ? name : `${name} ${percent(probability, 0)}`;

const inWords = (boxes: readonly Box[]): string => boxes.map(told).join(', ') || 'no box';
const certainty = ({ probability = NaN }: Box): number => (Number.isNaN(probability) ? -1 : probability);

const list = (boxes: readonly Box[], notes: readonly string[]): Content => [
  boxes.length === 0
    ? html`<p class="said">no box</p>`
    : html`<ol class="told">
        ${boxes.map((box) => html`<li>${told(box)}</li>`)}
      </ol>`,
  notes.map((note) => html`<p class="said"><small>${note}</small></p>`),
];

/** What is not drawn, and why. */
const notesOf = (spoilt: number, rest: number): string[] => [
  ...(rest > 0 ? [`and ${rest} less likely ${rest === 1 ? 'one' : 'ones'}`] : []),
  ...(spoilt > 0 ? [`${spoilt} not drawn: numbers that are not finite`] : []),
];

export const boxesView: KindView<'boxes'> = {
  truth(scene) {
    const boxes = trueBoxes(scene);
    const description = boxes ? inWords(boxes) : 'the picture';
    return [drawn({ boxes: boxes ?? [], scene, first: true, description }), boxes && list(boxes, [])];
  },
  prediction({ boxes: all }, scene) {
    const sound = predictedBoxes(all).filter(isSound);
    const ranked = sound.sort((a, b) => certainty(b) - certainty(a));
    const boxes = ranked.slice(0, DRAWN);
    const description = inWords(boxes);
    const notes = notesOf(all.length - sound.length, sound.length - boxes.length);
    return [
      drawn({ boxes, dashed: trueBoxes(scene) ?? [], scene, first: false, description }),
      list(boxes, notes),
    ];
  },
  key: 'Boxes in the order of their probability; dashed are the true ones.',
};
