import { plugin, SCHEDULE, type ScheduleFactory } from '@understory/core';
import { z } from 'zod';

export const ownPlugin = plugin({
  token: SCHEDULE,
  name: 'own',
  summary: 'A straight line down to zero',
  options: z.strictObject({
    rate: z.number().positive().default(0.1).describe('learning rate at the first step'),
  }),
  create:
    ({ rate }): ScheduleFactory =>
    ({ stepsPerEpoch, epochs }) =>
    (step) =>
      rate * Math.max(0, 1 - step / (stepsPerEpoch * epochs)),
});
