import { float32, int32 } from '../contracts/arrays.ts';
import type { Metric } from '../contracts/metric.ts';
import { rowsFrom } from '../data/rows.ts';
import { UnderstoryError } from '../errors.ts';
import { LABEL } from '../data/targets.ts';
import type { Predictions } from './reliability.ts';
import { LOGITS } from '../training/taskHead.ts';

/** What a metric of classes makes of predictions, handed over in batches of rows as an evaluation does. */
export const measurePredictions = (
  metric: Metric,
  { logits, labels, classes }: Predictions,
  batch = 7,
): Record<string, number> => {
  const pass = metric.begin({ classes: Array.from({ length: classes }, (_, c) => `class ${c}`) });
  const whole = float32(logits, [classes === 0 ? 0 : logits.length / classes, classes]);
  for (let from = 0; from < labels.length; from += batch) {
    const to = Math.min(labels.length, from + batch);
    const rows = labels.subarray(from, to);
    pass.add({
      outputs: {
        [LOGITS]: to === labels.length ? rowsFrom(whole, from, whole.shape[0]!) : rowsFrom(whole, from, to),
      },
      targets: { [LABEL]: int32(rows, [rows.length]) },
      count: rows.length,
    });
  }
  const numbers = pass.end();
  if (numbers instanceof Promise)
    throw new UnderstoryError(
      'metric',
      `Metric "${metric.name}" measures in several turns, so it is none that looks at classes alone: measure() awaits it.`,
    );
  return { ...numbers };
};
