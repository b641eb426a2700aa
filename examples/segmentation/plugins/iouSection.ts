import { plugin } from '@understory/core';
import { html, methodName, percent, SECTION, table, type ReportSection } from '@understory/report';
import { z } from 'zod';
import { iouName } from './meanIou.ts';

/** A row for each class, a column for each method: intersection over union on the test images, by the best weights. */
const iouByClass = (): ReportSection => ({
  name: 'iou-by-class',
  build({ dataset, methods }) {
    const measured = methods.flatMap((method, index) => {
      const numbers = method.result?.best.test;
      return numbers && dataset.classes.some((name) => iouName(name) in numbers)
        ? [{ method, index, numbers }]
        : [];
    });
    if (measured.length === 0) return undefined;
    return {
      id: 'iou-by-class',
      short: 'IoU',
      title: 'Intersection over union of each class',
      lead: html`Of the pixels that are of a class or were said to be, the share for which both hold. Best
      weights, test images.`,
      body: table({
        label: 'Intersection over union of each class',
        columns: measured.map(methodName),
        rows: dataset.classes.map((name) => ({
          head: name,
          cells: measured.map(({ numbers }) => percent(numbers[iouName(name)] ?? NaN)),
        })),
      }),
    };
  },
});

export const iouByClassPlugin = plugin({
  token: SECTION,
  name: 'iou-by-class',
  summary: 'A table of intersection over union by class; needs `each` of mean-iou',
  options: z.strictObject({}),
  create: iouByClass,
});
