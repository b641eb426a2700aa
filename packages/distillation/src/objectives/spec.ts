import { z } from 'zod';

/** How another plugin is named in options: `'kd'` or `['kd', { temperature: 2 }]`. */
export const spec = z.union([
  z.string(),
  z.tuple([z.string(), z.record(z.string(), z.unknown()).readonly()]).readonly(),
]);
