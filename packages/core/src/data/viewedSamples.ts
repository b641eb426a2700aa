import type { View } from '../contracts/augmentation.ts';
import type { Samples } from '../contracts/dataset.ts';
import type { Seed } from '../random.ts';
import { previewOf } from './preview.ts';
import { isSpatial, viewSize } from './view.ts';

/** Samples as a view shows them: an image is drawn by its position, and so always looks the same. */
export const viewedSamples = (samples: Samples, view: View, seed: Seed): Samples => {
  const moved = Object.keys(samples.targets).filter((name) =>
    isSpatial(samples.targets[name]?.kind ?? 'values'),
  );
  const { length, targets: specs, groups } = samples;
  return {
    ...{ length, targets: specs },
    ...(groups && { groups }),
    size: viewSize(view, samples.size),
    describe: (position) => samples.describe(position),
    readTargets: (positions) => samples.readTargets(positions),
    async read(positions) {
      const places = Array.from(positions);
      const pixels = await samples.read(places);
      const known = moved.length > 0 ? await samples.readTargets(places) : {};
      const targets = Object.fromEntries(moved.flatMap((name) => (known[name] ? [[name, known[name]]] : [])));
      const streams = places.map((position) => seed.at(position).rng());
      const { images } = await previewOf(view, { samples }, { pixels, targets, streams });
      return images.data as Uint8Array;
    },
  };
};
