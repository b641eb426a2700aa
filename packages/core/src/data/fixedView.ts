import { tidy } from '@tensorflow/tfjs-core';
import type { FixedView } from '../contracts/objective.ts';
import { UnderstoryError } from '../errors.ts';
import { seedOf } from '../random.ts';
import { applyView } from './view.ts';
import type { Experiment } from '../contracts/experiment.ts';
import { normalizeImages } from './normalizeImages.ts';

/** A view of a stream where none of its augmentations draws at random, or the name of one that does. */
export const fixedView =
  ({ streams, dataset }: Pick<Experiment, 'streams' | 'dataset'>) =>
  (stream: string, index: number): FixedView | string => {
    const source = streams.find(({ name }) => name === stream);
    const view = source?.views[index];
    if (!source || !view)
      throw new UnderstoryError('unknown-view', `The stream "${stream}" has no view ${index}.`);
    const random = view.find(({ deterministic = false }) => !deterministic);
    if (random) return random.name;
    const { samples } = source;
    return {
      length: samples.length,
      async read(positions) {
        const pixels = await samples.read(positions);
        const unused = positions.map(() => seedOf(0).rng());
        return tidy(() =>
          normalizeImages(applyView(view, pixels, samples.size, unused), dataset.normalization),
        );
      },
    };
  };
