import type { Model, Shown } from '../../model.ts';
import { html } from '../../page/markup.ts';
import { legend, type Section } from '../../page/section.ts';
import { lossChart, termCharts } from './losses.ts';
import { measuredOn, metricChart, metricNames } from './metrics.ts';

/** How many values that runs told are not finite. */
const gapsOf = (shown: readonly Shown[]): number =>
  shown
    .flatMap(({ method: { steps = [], epochs = [] } }) => [
      ...steps.flatMap((s) => [s.loss, ...Object.values(s.terms)]),
      ...epochs.flatMap((e) => Object.values(e.metrics)),
    ])
    .filter((v) => !Number.isFinite(v)).length;

const leadOf = (model: Model): string =>
  `Metrics are those of the ${measuredOn(model)} images after each epoch. Training losses are means of neighbouring steps; the number at a line’s end is the mean of its last epoch. Point at a curve, or focus it and press the arrow keys: its values are told below it.`;

export const curves = (model: Model): Section | undefined => {
  const { shown } = model;
  const [first, ...others] = metricNames(model);
  const stepped = shown.some(({ method }) => method.steps && method.steps.length > 0);
  if (first === undefined && !stepped) return undefined;
  const large = [
    ...(first === undefined ? [] : [metricChart(first, model)]),
    ...(stepped ? [lossChart(shown)] : []),
  ];
  const terms = stepped ? termCharts(shown) : [];
  const small = others.map((name) => metricChart(name, model, true));
  const gaps = gapsOf(shown);
  return {
    id: 'curves',
    short: 'Curves',
    title: 'How they learned',
    lead: leadOf(model),
    body: [
      legend(shown),
      gaps > 0
        ? html`<p class="note warn">
            Of the values that were told, ${gaps} are not finite; the lines have gaps there.
          </p>`
        : undefined,
      html`<div class="grid two">${large}</div>`,
      terms.length > 0
        ? html`<h3>Terms of the loss by step, before weighting</h3>
            <div class="multiples">${terms}</div>`
        : undefined,
      small.length > 0
        ? html`<h3>Further numbers of the ${measuredOn(model)} images by epoch</h3>
            <div class="multiples">${small}</div>`
        : undefined,
    ],
  };
};
