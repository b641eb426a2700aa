import { byName, METRIC, plugin, type Metric } from '@understory/core';
import { z } from 'zod';

export const ownPlugin = plugin({
  token: METRIC,
  name: 'own',
  summary: 'How likely the true class was held to be, in the mean',
  options: z.strictObject({}),
  create: (): Metric => ({
    name: 'own',
    goal: 'max',
    reads: ['probabilities'],
    targets: { label: 'class' },
    begin({ classes }) {
      let [sum, seen] = [0, 0];
      return {
        add({ outputs, targets, count }) {
          const said = byName(outputs, 'probabilities').data; // [N, C]
          const labels = byName(targets, 'label').data; // [N]
          for (let i = 0; i < count; i++) sum += said[i * classes.length + (labels[i] ?? 0)] ?? 0;
          seen += count;
        },
        end: () => ({ own: sum / seen }),
      };
    },
  }),
});
