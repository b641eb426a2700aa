import { checkInput } from './checkInput.ts';
import type { ReportInput } from './input.ts';
import { modelOf } from './model.ts';
import { page } from './page/page.ts';
import { calibration } from './sections/calibration.ts';
import { confusions } from './sections/confusions.ts';
import { curves } from './sections/curves.ts';
import { headline, standfirst } from './sections/headline.ts';
import { mistakes } from './sections/mistakes.ts';
import { reproduce } from './sections/reproduce.ts';
import { results } from './sections/results.ts';
import { stages } from './sections/stages.ts';
import { views } from './sections/views.ts';

const SECTIONS = [results, curves, views, confusions, calibration, stages, mistakes, reproduce];

/**
 * A report as one HTML file that asks for nothing else: no network, no other file. Parts without data are left out.
 * The same input gives the same page. Errors: `report-input`, where the parts do not fit together.
 */
export const buildReport = (input: ReportInput): string => {
  checkInput(input);
  const model = modelOf(input);
  return page({
    title: input.title,
    date: input.date,
    dataset: input.dataset.name,
    headline: headline(model),
    standfirst: standfirst(model),
    sections: SECTIONS.flatMap((section) => section(model) ?? []),
  });
};
