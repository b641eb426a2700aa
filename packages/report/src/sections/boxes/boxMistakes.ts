import type { BoxMistake } from '../../input.ts';
import type { Model } from '../../model.ts';
import { at, boxDrawing, isSound, WIDTH, type DrawnBox } from '../../page/boxDrawing.ts';
import { percent } from '../../page/format.ts';
import { html, type Content, type Html } from '../../page/markup.ts';
import { packedPicture } from '../../page/picture.ts';
import { switcher, type Section } from '../../page/section.ts';
import type { Detector } from './scores.ts';

/** Mistakes of each sort that are shown, and the longest side of a cut in pixels. */
const SHOWN = 12;
const LONGEST = 160;

const sure = (probability: number): string =>
  Number.isFinite(probability) ? `${percent(probability, 0)} sure` : 'not sure at all';

const cut = ({ picture, truth, found, fault }: BoxMistake, names: readonly string[]): Html => {
  const [h = 1, w = 1] = picture.shape;
  const { uri } = packedPicture(picture, LONGEST);
  const drawn = (one: BoxMistake['truth']): DrawnBox[] =>
    one ? [{ sides: one.box, name: one.class }].filter(isSound) : [];
  const told = [found && `said: ${found.class}`, truth && `true: ${truth.class}`].filter(Boolean).join(', ');
  return boxDrawing({
    size: [h, w],
    picture: (height) => html`<image href="${uri}" width="${WIDTH}" height="${at(height)}" />`,
    boxes: drawn(found),
    dashed: drawn(truth),
    names,
    numbered: false,
    description: `${fault}; ${told}`,
  });
};

const card = (mistake: BoxMistake, names: readonly string[]): Html => {
  const { truth, found, fault, image } = mistake;
  return html`<figure>
    ${cut(mistake, names)}
    <figcaption>
      ${found && html`<b class="wrong">${found.class}</b>? <span class="sure">${sure(found.probability)}</span><br />`}
      ${truth && html`is <b>${truth.class}</b>`}
      <small>${fault}</small>${image === undefined ? undefined : html`<small>${image}</small>`}
    </figcaption>
  </figure>`;
};

const gallery = (title: string, mistakes: readonly BoxMistake[], names: readonly string[]): Content =>
  mistakes.length === 0
    ? undefined
    : [
        html`<h3>${title}</h3>`,
        html`<div class="cuts">${mistakes.slice(0, SHOWN).map((mistake) => card(mistake, names))}</div>`,
      ];

export const boxMistakes = (detectors: readonly Detector[], { input }: Model): Section | undefined => {
  const shown = detectors.filter(({ boxes }) => boxes.misses.length + boxes.falseAlarms.length > 0);
  if (shown.length === 0) return undefined;
  const { classes } = input.dataset;
  return {
    id: 'box-mistakes',
    short: 'Mistakes',
    title: 'The worst misses and false alarms',
    lead: 'Cut out of test images: what was said in the colour of its class, what is true dashed. The largest boxes that nothing found, and the boxes that were said with the greatest probability and find nothing.',
    body: switcher('box-mistakes', shown, ({ boxes }) => [
      gallery('Missed', boxes.misses, classes),
      gallery('False alarms', boxes.falseAlarms, classes),
    ]),
  };
};
