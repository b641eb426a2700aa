import type { ContrastiveLoss } from '@understory/core';
import { positive, whole, readOptions, type Given, type Options } from './options.ts';
import { supCon } from './supcon.ts';
import { ofViews } from './views.ts';

export const NtXentOptions = {
  temperature: positive(0.5, 'divides the cosines, no unit'),
  views: whole(2, 2, 'views stacked in the features'),
} satisfies Options;
export type NtXentOptions = Given<typeof NtXentOptions>;

/**
 * SimCLR's normalised temperature-scaled cross-entropy (Chen et al. 2020, eq. 1): each row finds the other view of its
 * sample among all other rows. `features` [V·B, D], views stacked, normalised here → [] in nats. Labels are not looked at.
 */
export const ntXent = (options: NtXentOptions = {}): ContrastiveLoss => {
  const { temperature, views } = readOptions('ntxent', NtXentOptions, options);
  const loss = supCon({ temperature, baseTemperature: temperature, views });
  return ofViews(views, (features) => loss(features));
};
