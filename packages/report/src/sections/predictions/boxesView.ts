import { BOX_KINDS, boxesSpec, type PredictedBox } from '@understory/core';
import { at, boxColour, boxDrawing, isSound, WIDTH, type DrawnBox } from '../../page/boxDrawing.ts';
import { percent } from '../../page/format.ts';
import { html, type Content, type Html } from '../../page/markup.ts';
import { packedPicture } from '../../page/picture.ts';
import type { KindView, Scene } from './view.ts';

/** Longest side of the picture within in pixels, and boxes that are drawn. */
const LONGEST = 200;
const DRAWN = 20;
/** Boxes that are numbered and told one by one; of more, those of a class are told together. */
const NUMBERED = 8;

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

const isNumbered = (boxes: readonly Box[]): boolean => boxes.length <= NUMBERED;

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
  const { uri } = packedPicture(example.picture, LONGEST);
  return html`<image id="${id}" href="${uri}" width="${WIDTH}" height="${at(height)}" />`;
};

const drawn = (drawing: Drawing): Html => {
  const { boxes, dashed = [], scene, description } = drawing;
  const [h = 1, w = 1] = scene.example.picture.shape;
  return boxDrawing({
    ...{ boxes, dashed, description, size: [h, w], names: scene.names, numbered: isNumbered(boxes) },
    picture: (height) => picture(drawing, height),
  });
};

const told = ({ name = 'a thing', probability, note }: Box): string => {
  if (probability !== undefined) return `${name} ${percent(probability, 0)}`;
  return note === undefined ? name : `${name} (${note})`;
};

const inWords = (boxes: readonly Box[]): string => boxes.map(told).join(', ') || 'no box';
const certainty = ({ probability = NaN }: Box): number => (Number.isNaN(probability) ? -1 : probability);

/** Boxes of one name and note, with the least likely of them: `platelets 80 % to 35 % × 4`. */
const together = (first: Box, all: readonly Box[]): string => {
  const last = all.at(-1)?.probability;
  const isRange = last !== undefined && percent(last, 0) !== percent(first.probability ?? NaN, 0);
  return `${told(first)}${isRange ? ` to ${percent(last, 0)}` : ''}${all.length > 1 ? ` × ${all.length}` : ''}`;
};

const groupsOf = (boxes: readonly Box[]): readonly (readonly [Box, ...Box[]])[] => {
  const groups = new Map<string, [Box, ...Box[]]>();
  for (const box of boxes) {
    const key = `${box.note ?? ''}/${box.name ?? ''}`;
    const known = groups.get(key);
    if (known) known.push(box);
    else groups.set(key, [box]);
  }
  return [...groups.values()];
};

const byName = (boxes: readonly Box[], names: readonly string[]): Html =>
  html`<ul class="told">
    ${groupsOf(boxes).map(
      (all) => html`<li><i class="dot ${boxColour(all[0], names)}"></i> ${together(all[0], all)}</li>`,
    )}
  </ul>`;

const one = (boxes: readonly Box[]): Html =>
  html`<ol class="told">
    ${boxes.map((box) => html`<li>${told(box)}</li>`)}
  </ol>`;

const listOf = (boxes: readonly Box[], names: readonly string[]): Html => {
  if (boxes.length === 0) return html`<p class="said">no box</p>`;
  return isNumbered(boxes) ? one(boxes) : byName(boxes, names);
};

const list = (boxes: readonly Box[], { names }: Scene, notes: readonly string[]): Content => [
  listOf(boxes, names),
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
    return [drawn({ boxes: boxes ?? [], scene, first: true, description }), boxes && list(boxes, scene, [])];
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
      list(boxes, scene, notes),
    ];
  },
  key: 'Boxes in the order of their probability, in the colours of their classes; dashed are the true ones.',
};
