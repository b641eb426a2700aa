import { toldSplit } from '@understory/core';
import { CHANCE, rivalsOf } from '../math/rivals.ts';
import type { Measure } from '../measures.ts';
import type { Model, Shown, Tested } from '../model.ts';
import { numberWords } from '../words.ts';
import { points, whole } from '../page/format.ts';
import { html, type Content, type Html } from '../page/markup.ts';

/** Whether the difference between the best method and the first one could be luck. */
const luck = (tested: readonly Tested[]): Content => {
  const rivals = rivalsOf(tested);
  if (!rivals) return undefined;
  const { best, rival, gained, lost, p } = rivals;
  const verdict =
    p < CHANCE
      ? 'more than the choice of test images explains, though another seed may differ'
      : 'so few that chance could explain it; more seeds or test images would tell';
  return html`<p class="note">
    <b>${best.method.label}</b> is right on ${gained} images that <b>${rival.method.label}</b> gets wrong, and
    wrong on ${lost} that it gets right: ${points((gained - lost) / best.outcomes.labels.length)} points,
    ${verdict} (McNemar’s test: p ${p < 0.001 ? '< 0.001' : `= ${p.toFixed(p < 0.1 ? 3 : 2)}`}).
  </p>`;
};

/** Which numbers these are, where they are the runs' own. */
const measuredOn = ({ shown, measures }: Model): Content => {
  const splits = new Set(shown.flatMap(({ method: { result } }) => (result ? [toldSplit(result)] : [])));
  if (measures.length === 0 || !splits.has('validation')) return undefined;
  return html`<p class="note warn">
    There are no test images: the numbers are of the validation images, by which the best epoch was chosen
    too.
  </p>`;
};

/** Nothing like McNemar's test is known of numbers that a run computes by itself. */
const untested = ({ shown, tested, measures }: Model): Content =>
  shown.length < 2 || tested.length > 0 || measures.length === 0
    ? undefined
    : html`<p class="note">
        Each method was trained once; how much of a difference chance explains is not tested here. More seeds
        would tell.
      </p>`;

const choice = ({ shown }: Model): Content => {
  const on = new Set(shown.map((s) => s.method.result?.selectOn));
  if (on.has('test'))
    return html`<p class="note warn">
      The best epoch was chosen on the test set itself, as the method’s official code does: these
      ${shown.some((s) => s.accuracy !== undefined) ? 'accuracies' : 'numbers'} are a little too good.
    </p>`;
  if (on.has('validation'))
    return html`<p class="note">
      The weights are those of the epoch that was best on the validation images; the test images were looked
      at once, at the end.
    </p>`;
  return undefined;
};

/** What is missing of a method, and why: a dash in the table does not say. */
const missingOf = ({ method, outcomes }: Shown, measures: readonly Measure[]): readonly Html[] => {
  const name = html`<b>${method.label}</b>`;
  const { predictions, epochs, steps } = method;
  const all = outcomes?.labels.length ?? 0;
  return [
    ...(predictions?.labels.length === 0
      ? [html`${name} was tested on no image: the test split is empty.`]
      : []),
    ...(outcomes && outcomes.unanswered > 0
      ? [
          html`${name} gives ${whole(outcomes.unanswered)} of ${whole(all)} test images no answer: its logits
          are not finite. They count as wrong; calibration error and log-loss are not measured.`,
        ]
      : []),
    ...measures.flatMap((measure) => {
      const value = measure.value(method);
      return value === undefined || Number.isFinite(value)
        ? []
        : [html`The ${numberWords(measure.name)} of ${name} is not finite.`];
    }),
    ...(epochs?.length === 0 && (steps?.length ?? 0) > 0
      ? [html`${name} ended no epoch, so it has no validation metrics.`]
      : []),
    ...(epochs?.length === 0 && steps?.length === 0
      ? [html`${name} trained no step, so it has no curves.`]
      : []),
  ];
};

/** What a reader should know of the table. */
export const resultNotes = (model: Model): Content => [
  luck(model.tested),
  untested(model),
  measuredOn(model) ?? choice(model),
  model.shown
    .flatMap((shown) => missingOf(shown, model.measures))
    .map((note) => html`<p class="note warn">${note}</p>`),
];
