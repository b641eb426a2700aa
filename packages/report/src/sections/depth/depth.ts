import type { Model } from '../../model.ts';
import { html } from '../../page/markup.ts';
import { legend, type Section } from '../../page/section.ts';
import { depthOf } from './numbers.ts';
import { likeness, overDepth } from './overDepth.ts';
import { whileTraining } from './overEpochs.ts';

const taps = ({ shown }: Model): string[] => [
  ...new Set(shown.flatMap(({ method }) => Object.keys(method.likeness ?? {}))),
];

/** Of which weights the numbers are: a run that still trains has no best ones. */
const weights = ({ shown }: Model): string =>
  shown.every(({ method }) => method.result)
    ? 'of the best weights'
    : 'of the best weights, or at the last look of a run that has no result yet';

/** What every stage knows and does, for runs with an evaluator of taps, and how alike methods' stages are. */
export const depth = (model: Model): Section | undefined => {
  const found = depthOf(model);
  const alike = likeness(model.shown, found?.taps ?? taps(model));
  if (!found && !alike) return undefined;
  const charts = [...(found ? overDepth(found) : []), ...(alike ? [alike] : [])];
  return {
    id: 'depth',
    short: 'Depth',
    title: 'What every stage knows and does',
    lead: `From the first stage to the last, ${weights(model)}: the same images for every method, each stage’s output pooled over the picture.`,
    body: [
      legend(model.shown),
      html`<div class="grid three">${charts}</div>`,
      found && [html`<h3>While it trained</h3>`, whileTraining(found)],
    ],
  };
};
