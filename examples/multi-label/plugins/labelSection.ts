import { plugin } from '@understory/core';
import { html, methodName, percent, SECTION, table, type Html, type ReportSection } from '@understory/report';
import { z } from 'zod';
import { numberOfLabel } from './meanAveragePrecision.ts';

const WIDTH = 120;

/** A fraction as a bar, with its number. */
const bar = (fraction: number | undefined): Html => {
  if (fraction === undefined || !Number.isFinite(fraction)) return html`–`;
  const width = (WIDTH * fraction).toFixed(1);
  return html`<svg width="${WIDTH}" height="9" aria-hidden="true">
      <rect width="${WIDTH}" height="9" fill="currentColor" opacity="0.12" />
      <rect width="${width}" height="9" fill="currentColor" opacity="0.6" />
    </svg>
    ${percent(fraction)}`;
};

/** Average precision of each label on the test images, method by method; nothing where no run measured it. */
export const labelSection = (): ReportSection => ({
  name: 'labels',
  build({ dataset, methods }) {
    const shown = methods.map((method, index) => ({
      method,
      index,
      numbers: method.result?.best.test ?? {},
    }));
    const known = dataset.classes.filter((label) =>
      shown.some(({ numbers }) => numberOfLabel(label) in numbers),
    );
    if (known.length === 0) return undefined;
    return {
      id: 'labels',
      short: 'Labels',
      title: 'Label by label',
      lead: 'Average precision of each label on the test images, by the best weights: the area under precision over recall.',
      body: table({
        label: 'Average precision by label and method',
        columns: shown.map(methodName),
        rows: known.map((label) => ({
          head: label,
          cells: shown.map(({ numbers }) => bar(numbers[numberOfLabel(label)])),
        })),
      }),
    };
  },
});

export const labelSectionPlugin = plugin({
  token: SECTION,
  name: 'labels',
  summary:
    'Average precision of each label as bars; the metric mean-average-precision measures it with "each: true"',
  options: z.strictObject({}),
  create: labelSection,
});
