import { AUGMENTATION, plugin, type Augmentation } from '@understory/core';
import { z } from 'zod';
import { between } from '../draw.ts';
import { geometric, geometricOptions } from './geometric.ts';
import { within } from '../options.ts';
import { translationMatrix } from '../pixels/warp.ts';

const part = (of: string) =>
  within(0, 1, `a part of the ${of}`)
    .default(0.1)
    .describe(`largest shift in either direction, as a part of the ${of}`);

export const TranslateOptions = z.strictObject({ x: part('width'), y: part('height'), ...geometricOptions });
export type TranslateOptions = z.input<typeof TranslateOptions>;

/** Moves images by whole pixels, drawn at random and cut towards 0; the canvas stays. */
export const translate = (options: TranslateOptions = {}): Augmentation => {
  const { x, y, ...shared } = TranslateOptions.parse(options);
  return geometric('translate', shared, (rng, [height, width]) => {
    const right = Math.trunc(between(rng, -x, x) * width);
    const down = Math.trunc(between(rng, -y, y) * height);
    return translationMatrix(right, down);
  });
};

export const translatePlugin = plugin({
  token: AUGMENTATION,
  name: 'translate',
  summary: 'Moves the image by whole pixels',
  when: 'Things that stand anywhere; crop does the same for a few pixels.',
  source: 'Cubuk et al. 2019',
  options: TranslateOptions,
  create: translate,
});
