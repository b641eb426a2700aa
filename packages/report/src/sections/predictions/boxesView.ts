import { BOX_KINDS, boxesSpec, type PredictedBox } from '@understory/core';
import { at, boxDrawing, isSound, WIDTH, type DrawnBox } from '../../page/boxDrawing.ts';
import { percent } from '../../page/format.ts';
import { html, type Content, type Html } from '../../page/markup.ts';
import { dataUri, thumbnail } from '../../page/picture.ts';
import type { KindView, Scene } from './view.ts';

/** Longest side of the picture within in pixels, and boxes that are drawn. */
const LONGEST = 200;
const DRAWN = 20;

/** Words for kinds of true boxes that count for less. */
const KINDS: Readonly<Record<number, string>> = {
  [BOX_KINDS.crowd]: 'many together',
  [BOX_KINDS.difficult]: 'hard to see',
};

const [, BOX_COLUMNS] = boxesSpec(0).shape;

interface Box extends DrawnBox {
  /** What is to be known of a true one. */
  readonly note?: string;
}

/**
 * Boxes of a target; one without area is none. A fifth number is taken for a class, and of seven (core's `boxesSpec`) the
 * sixth for a kind.
 */
const trueBoxes = ({ truth, names }: Scene): Box[] | undefined => {
  if (!truth) return undefined;
  const { shape, data } = truth.values;
  const [rows = 0, width = 4] = shape;
  const all = Array.from({ length: rows }, (_, i) => Array.from(data.subarray(i * width, (i + 1) * width)));
  return all
    .filter(([top, left, bottom, right]) => bottom! > top! && right! > left!)
    .map(([top, left, bottom, right, label, kind]): Box => {
      const name = label === undefined ? undefined : names[label];
      const note = width === BOX_COLUMNS && kind !== undefined ? KINDS[kind] : undefined;
      return {
        sides: [top!, left!, bottom!, right!],
        ...(name !== undefined && { name }),
        ...(note !== undefined && { note }),
      };
    })
    .filter(isSound);
};

const predictedBoxes = (boxes: readonly PredictedBox[]): Box[] =>
  boxes.map(({ box, class: name, probability }) => ({ sides: box, name, probability }));

interface Drawing {
  readonly boxes: readonly Box[];
  readonly dashed?: readonly Box[];
  readonly scene: Scene;
  /** Whether it holds the picture that the others of the example point to. */
  readonly first: boolean;
  readonly description: string;
}

const picture = ({ scene: { example, at: place }, first }: Drawing, height: number): Html => {
  const id = `example-${place}-picture`;
  if (!first) return html`<use href="#${id}" />`;
  const uri = dataUri(thumbnail(example.picture, LONGEST));
  return html`<image id="${id}" href="${uri}" width="${WIDTH}" height="${at(height)}" />`;
};

const drawn = (drawing: Drawing): Html => {
  const { boxes, dashed = [], scene, description } = drawing;
  const [h = 1, w = 1] = scene.example.picture.shape;
  return boxDrawing({
    ...{ boxes, dashed, description, size: [h, w], names: scene.names, numbered: true },
    picture: (height) => picture(drawing, height),
  });
};

const told = ({ name = 'a thing', probability, note }: Box): string => {
  if (probability !== undefined) return `${name} ${percent(probability, 0)}`;
  return note === undefined ? name : `${name} (${note})`;
};

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
  prediction({ boxes: all }, scene, least = -1) {
    const sound = predictedBoxes(all).filter(isSound);
    const ranked = sound.sort((a, b) => certainty(b) - certainty(a));
    const likely = ranked.filter((box) => certainty(box) >= least);
    const boxes = likely.slice(0, DRAWN);
    const description = inWords(boxes);
    const notes = notesOf(all.length - sound.length, sound.length - boxes.length);
    return [
      drawn({ boxes, dashed: trueBoxes(scene) ?? [], scene, first: false, description }),
      list(boxes, notes),
    ];
  },
  key: 'Boxes in the order of their probability; dashed are the true ones.',
};
