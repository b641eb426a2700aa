import { checkInput } from './checkInput.ts';
import type { ReportInput } from './input.ts';
import { modelOf } from './model.ts';
import { page } from './page/page.ts';
import type { Section } from './page/section.ts';
import { boxes, boxMistakes } from './sections/boxes/boxes.ts';
import { calibration } from './sections/calibration.ts';
import { confusions } from './sections/confusions.ts';
import { kept } from './sections/kept.ts';
import { depth } from './sections/depth/depth.ts';
import { curves } from './sections/curves/curves.ts';
import { headline, standfirst } from './sections/headline.ts';
import { mistakes } from './sections/mistakes.ts';
import { predictions } from './sections/predictions.ts';
import { reproduce } from './sections/reproduce.ts';
import { results } from './sections/results.ts';
import { stages } from './sections/stages.ts';
import { views } from './sections/views.ts';
import { further } from './sections/further.ts';
import type { ReportSection } from './reportSection.ts';

/** What a report may have, in its order. */
export const SECTIONS = [
  ...[results, kept, curves, views, predictions, boxes, boxMistakes],
  ...[confusions, calibration, stages, depth, mistakes, reproduce],
];

/** What a report says at its head, and its parts. */
export interface ReportParts {
  readonly headline: string;
  readonly standfirst: string;
  readonly sections: readonly Section[];
}

/**
 * The parts that a report of these data has, those without data left out; further sections come after the built-in ones. Errors:
 * `report-input`, where the data do not fit together.
 */
export const reportParts = (input: ReportInput, sections: readonly ReportSection[] = []): ReportParts => {
  checkInput(input);
  const model = modelOf(input);
  const own = SECTIONS.flatMap((section) => section(model) ?? []);
  return {
    headline: headline(model),
    standfirst: standfirst(model),
    sections: [...own, ...further(input, sections, own)],
  };
};

/**
 * A report as one HTML file that asks for nothing else: no network, no other file. The same input gives the same page. Errors:
 * as those of `reportParts`.
 */
export const buildReport = (input: ReportInput, sections: readonly ReportSection[] = []): string =>
  page({
    title: input.title,
    date: input.date,
    dataset: input.dataset.name,
    credit: input.dataset.credit,
    ...reportParts(input, sections),
  });
