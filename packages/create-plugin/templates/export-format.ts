import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { EXPORT_FORMAT, plugin, type ExportFormat } from '@understory/core';
import { z } from 'zod';

export const ownPlugin = plugin({
  token: EXPORT_FORMAT,
  name: 'own',
  summary: "The backbone's weights as JSON, by name",
  options: z.strictObject({
    digits: z.int().min(1).max(9).default(7).describe('significant digits of each number'),
  }),
  create: ({ digits }): ExportFormat => ({
    name: 'own',
    async write({ network: { backbone }, folder }) {
      const weights = backbone.model.weights.map((weight) => {
        const values = Array.from(weight.read().dataSync(), (value) => Number(value.toPrecision(digits)));
        return [weight.originalName, { shape: weight.shape, values }] as const;
      });
      const file = path.join(folder, 'weights.json');
      await mkdir(folder, { recursive: true });
      await writeFile(file, JSON.stringify(Object.fromEntries(weights)));
      return { files: [file], about: 'every weight of the backbone by name, as lists of numbers' };
    },
  }),
});
