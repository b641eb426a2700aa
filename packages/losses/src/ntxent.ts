import { LOSS, plugin, type ContrastiveLoss } from '@understory/core';
import { z } from 'zod';
import { supCon } from './supcon.ts';
import { ofViews } from './views.ts';

export const NtXentOptions = z.strictObject({
  temperature: z.number().positive().default(0.5).describe('divides the cosines, no unit'),
  views: z.int().min(2).default(2).describe('views stacked in the features'),
});
export type NtXentOptions = z.input<typeof NtXentOptions>;

/**
 * SimCLR's normalised temperature-scaled cross-entropy (Chen et al. 2020, eq. 1): each row finds the other view of its
 * sample among all other rows. `features` [V·B, D], views stacked, normalised here → [] in nats. Labels are not looked at.
 */
export const ntXent = (options: NtXentOptions = {}): ContrastiveLoss => {
  const { temperature, views } = NtXentOptions.parse(options);
  const loss = supCon({ temperature, baseTemperature: temperature, views });
  return ofViews(views, (features) => loss(features));
};

export const ntXentPlugin = plugin({
  token: LOSS,
  name: 'ntxent',
  summary: 'SimCLR: the other view of the same image is the one positive',
  when: 'You have no labels: the views of an image belong together.',
  source: 'Chen et al. 2020 (SimCLR)',
  options: NtXentOptions,
  create: ntXent,
});
