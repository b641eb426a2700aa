import { tidy } from '@tensorflow/tfjs-core';
import { AUGMENTATION, plugin, type Augmentation, type Rng } from '@understory/core';
import { z } from 'zod';
import { paintSquares } from '../erasing/cutout.ts';
import { between, drawRows } from '../draw.ts';
import { drawOne } from './drawChange.ts';
import { OPERATIONS, RANDOM_OPERATIONS, type Change, type OperationName } from './operations.ts';
import { colour, keepOption, operationCount, within } from '../options.ts';
import { policy } from './policy.ts';

export const FixMatchAugmentOptions = z.strictObject({
  operations: operationCount().describe('operations an image; the PyTorch benchmark library does 3'),
  cutout: within(0, 1, 'a part of the width')
    .default(0.5)
    .describe('largest side of the hole, as a part of the width'),
  fill: colour(0),
  cutoutFill: colour([125, 123, 114]),
  keep: keepOption(),
});
export type FixMatchAugmentOptions = z.input<typeof FixMatchAugmentOptions>;

/** Any magnitude of an operation's range. Enhancements take the factor as it is, so that they only darken or fade. */
const drawMagnitude = (rng: Rng, name: OperationName, [height, width]: readonly [number, number]): number => {
  if (name.startsWith('shear')) return between(rng, -0.3, 0.3);
  if (name === 'translate-x') return between(rng, -0.3, 0.3) * width;
  if (name === 'translate-y') return between(rng, -0.3, 0.3) * height;
  if (name === 'rotate') return between(rng, -30, 30);
  if (name === 'posterize') return rng.integer(4, 8);
  if (name === 'solarize') return between(rng, 0, 256);
  return between(rng, 0.05, 0.95) - 1;
};

/** FixMatch's strong augmentation (Sohn et al. 2020): random operations at random magnitudes, then one hole. */
export const fixMatchAugment = (options: FixMatchAugmentOptions = {}): Augmentation => {
  const { operations, cutout, fill, cutoutFill, keep } = FixMatchAugmentOptions.parse(options);
  const draw = (rng: Rng, size: readonly [number, number]): Change => {
    const name = drawOne(rng, RANDOM_OPERATIONS);
    return OPERATIONS[name](drawMagnitude(rng, name, size), size);
  };
  const random = policy('random', { slots: operations, fill, keep }, (rng, size) =>
    Array.from({ length: operations }, () => draw(rng, size)),
  );
  return {
    name: 'fixmatch-augment',
    moves: random.moves,
    applyTarget: (...given) => random.applyTarget(...given),
    sample: (streams, size) => ({
      ...random.sample(streams, size),
      y: drawRows(streams, 1, (rng) => [rng.integer(0, size[0] - 1)]),
      x: drawRows(streams, 1, (rng) => [rng.integer(0, size[1] - 1)]),
      half: drawRows(streams, 1, (rng) => [(between(rng, 0, cutout) * size[1]) / 2]),
    }),
    apply: (images, params) =>
      tidy(() => {
        const { y, x, half } = params;
        return paintSquares(random.apply(images, params), { y: y!, x: x!, half: half! }, cutoutFill);
      }),
  };
};

export const fixMatchAugmentPlugin = plugin({
  token: AUGMENTATION,
  name: 'fixmatch-augment',
  summary: "FixMatch's strong augmentation: random operations, then a hole",
  when: 'The strong view of fixmatch.',
  source: 'Sohn et al. 2020 (FixMatch), after Cubuk et al. 2020',
  options: FixMatchAugmentOptions,
  create: fixMatchAugment,
});
