import { seedOf, uint8 } from '@understory/core';
import type { BoxMistake, BoxResults, BoxScore, PrecisionCurve, ReportInput } from './input.ts';
import { inputsOfKinds } from './kinds.test.data.ts';

const SIZES = [
  ['small', 'up to 32² pixels'],
  ['medium', 'up to 96² pixels'],
  ['large', 'above'],
] as const;

const scores = (skill: number, i: number): BoxScore['scores'] => ({
  AP: 0.6 * skill - 0.05 * i,
  AP50: skill - 0.05 * i,
  AP75: 0.55 * skill - 0.05 * i,
});

/** Precision falls with recall, and is 0 from the reached one on. */
const curve = (name: string, iou: number, skill: number): PrecisionCurve => ({
  ...{ name, iou },
  points: Array.from({ length: 101 }, (_, i) => {
    const recall = i / 100;
    return [recall, recall > skill - (iou - 0.5) ? 0 : 1 - 0.5 * recall ** (4 * skill)] as const;
  }),
});

const picture = (at: number): BoxMistake['picture'] => {
  const rng = seedOf(5).at('cut', at).rng();
  const [h, w] = [40 + 6 * (at % 4), 60 - 7 * (at % 3)];
  const data = Uint8Array.from({ length: h * w * 3 }, (_, i) => {
    const [y, x] = [Math.floor(i / 3 / w), Math.floor(i / 3) % w];
    return Math.hypot(y - h / 2, x - w / 2) < 14 ? 200 - 50 * (i % 3) : 110 + rng.integer(0, 50);
  });
  return uint8(data, [h, w, 3]);
};

const mistake = (at: number, classes: readonly string[], isMiss: boolean): BoxMistake => {
  const cut = picture(at);
  const [h = 0, w = 0] = cut.shape;
  const box = [h / 2 - 14, w / 2 - 14, h / 2 + 14, w / 2 + 14] as const;
  const near = box.map((side, i) => side + 3 * (i % 3)) as unknown as typeof box;
  const name = classes[at % classes.length]!;
  const truth = { class: name, box };
  const found = { class: classes[(at + 1) % classes.length]!, probability: 0.97 - 0.03 * at, box: near };
  const image = `drawings/${at}.png`;
  if (isMiss) return { picture: cut, image, truth, fault: 'not found' };
  return at % 2 === 0
    ? { picture: cut, image, found, fault: 'nothing is there' }
    : { picture: cut, image, found, truth, fault: 'taken for another class' };
};

/** What a detector that is right so often might come to. */
export const boxResults = (classes: readonly string[], skill: number): BoxResults => ({
  images: 120,
  byClass: classes.map((name, i) => ({
    name,
    boxes: i === 0 ? 0 : 100 - 10 * i,
    scores: i === 0 ? {} : scores(skill, i),
  })),
  bySize: SIZES.map(([name, about], i) => ({ name, about, boxes: 80, scores: scores(skill, 2 - i) })),
  curves: [0.5, 0.75].flatMap((iou) =>
    ['all classes', ...classes.slice(1)].map((name, i) => curve(name, iou, skill - 0.04 * i)),
  ),
  threshold: 0.42,
  right: Math.round(240 * skill),
  boxes: 240,
  errors: [
    { name: 'misplaced', about: 'the right class, a little beside', count: Math.round(60 * (1 - skill)) },
    { name: 'confused', about: 'well placed, another class', count: Math.round(40 * (1 - skill)) },
    { name: 'doubled', about: 'found by another box already', count: 3 },
    { name: 'background', about: 'nothing is there', count: Math.round(90 * (1 - skill)) },
    { name: 'missed', about: 'true boxes that nothing found', count: Math.round(240 * (1 - skill)) },
  ],
  misses: Array.from({ length: 7 }, (_, at) => mistake(at, classes, true)),
  falseAlarms: Array.from({ length: 13 }, (_, at) => mistake(at, classes, false)),
});

/** A report of two detectors. */
export const detectors = (): ReportInput => {
  const { boxes: input } = inputsOfKinds();
  const skills = [0.75, 0.9];
  return {
    ...input,
    methods: input.methods.map((method, i) => ({
      ...method,
      boxes: boxResults(input.dataset.classes, skills[i]!),
    })),
  };
};
