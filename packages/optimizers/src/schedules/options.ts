import { z } from 'zod';

export const rate = z.number().positive().default(0.1).describe('highest learning rate');
export const warmupEpochs = z
  .number()
  .min(0)
  .default(0)
  .describe('epochs in which the rate rises linearly to its highest');
