import type { Model } from '../../model.ts';
import { whole } from '../../page/format.ts';
import { html } from '../../page/markup.ts';
import type { Section } from '../../page/section.ts';
import { boxMistakes as mistakesOf } from './boxMistakes.ts';
import { errorBars } from './errorBars.ts';
import { precisionCurves } from './precisionCurves.ts';
import { scoreTables, type Detector } from './scores.ts';

const detectorsOf = ({ shown }: Model): Detector[] =>
  shown.flatMap((s) => (s.method.boxes ? [{ ...s, boxes: s.method.boxes }] : []));

/** How well boxes are found: by class, by size, by recall, and what goes wrong. */
export const boxes = (model: Model): Section | undefined => {
  const detectors = detectorsOf(model);
  const [first] = detectors;
  if (!first) return undefined;
  return {
    id: 'boxes',
    short: 'Boxes',
    title: 'How well boxes are found',
    lead: html`On ${whole(first.boxes.images)} test images. AP is the mean precision over all recalls and over
    overlaps (IoU) from 0.5 to 0.95; AP50 and AP75 are those at one overlap. Sizes are those of the pictures
    as they are stored.`,
    body: [scoreTables(detectors), precisionCurves(detectors), errorBars(detectors)],
  };
};

export const boxMistakes = (model: Model): Section | undefined => mistakesOf(detectorsOf(model), model);
