import { cast, tidy, where } from '@tensorflow/tfjs-core';
import { AUGMENTATION, plugin, UnderstoryError, type Augmentation, type View } from '@understory/core';
import { spec } from '@understory/core/zod';
import { z } from 'zod';
import { chance, drawEach } from './draw.ts';
import { probability } from './options.ts';
import { choose, perImage } from './pixels/pixels.ts';
import { sequence } from './sequence.ts';
import { checked, shownSize } from './sizes.ts';

export const RandomApplyOptions = z.strictObject({
  p: probability(0.5),
  augmentations: z
    .array(spec)
    .min(1, 'expected an augmentation or more, by name')
    .describe('what is done, in order: names, or [name, options]'),
});

/** With probability `p`, does all of the augmentations, else none; they must keep the image's size. */
export const randomApply = ({
  augmentations,
  ...options
}: {
  readonly p: number;
  readonly augmentations: View;
}): Augmentation => {
  const { p } = RandomApplyOptions.pick({ p: true }).parse(options);
  const all = sequence('augmentations', augmentations);
  return checked({
    name: 'random-apply',
    inPlace: all.inPlace,
    mixes: all.mixes,
    moves: all.moves,
    check(size) {
      const after = all.outputSize(size);
      if (after[0] === size[0] && after[1] === size[1]) {
        all.check(size);
        return;
      }
      throw new UnderstoryError(
        'size-changes',
        `random-apply turns ${shownSize(size)} pixels into ${shownSize(after)} in some images only. ` +
          'Take what changes the size out of its "augmentations".',
      );
    },
    sample: (streams, size) => ({
      apply: drawEach(streams, (rng) => chance(rng, p)),
      ...all.sample(streams, size),
    }),
    ...(all.settle && { settle: (...given) => all.settle!(...given) }),
    apply: (images, params) =>
      tidy(() => choose(perImage(params['apply']!, 4), all.apply(images, params), images)),
    applyTarget: (target, spec, params, size) =>
      tidy(() => {
        const chosen = perImage(cast(params['apply']!, 'bool'), target.rank);
        return where(chosen, all.applyTarget(target, spec, params, size), target);
      }),
  });
};

export const randomApplyPlugin = plugin({
  token: AUGMENTATION,
  name: 'random-apply',
  summary: 'Does other augmentations in a part of the images',
  when: 'Several augmentations that belong together, for a part of the images.',
  source: "torchvision's RandomApply",
  options: RandomApplyOptions,
  uses: { augmentations: AUGMENTATION },
  create: randomApply,
});
