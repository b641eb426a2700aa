import type { Transform } from '@understory/core';
import { z } from 'zod';
import { clipByGlobalNorm } from './clipByGlobalNorm.ts';
import { scaleByName } from './scaleByName.ts';

/** Options that every optimizer has. */
export const commonOptions = {
  clip: z.number().positive().optional().describe('largest global norm of the gradients; none where absent'),
  rates: z
    .record(z.string(), z.number().min(0))
    .default({})
    .describe(
      'factors of the learning rate by variable name, "*" for any characters: { "backbone/stem*": 0.1 }',
    ),
};

export interface Common {
  readonly clip?: number | undefined;
  readonly rates: Readonly<Record<string, number>>;
}

/** Wraps an optimizer in what its common options ask for. */
export const withCommon = ({ clip, rates }: Common, inner: Transform): Transform => {
  const scaled = Object.keys(rates).length === 0 ? inner : scaleByName(rates, inner);
  return clip === undefined ? scaled : clipByGlobalNorm(clip, scaled);
};
