import { cast, clipByValue, round, tensor4d, tidy, type Tensor } from '@tensorflow/tfjs-core';
import { uint8, type NdArray, type NdArrays } from '../contracts/arrays.ts';
import type { View } from '../contracts/augmentation.ts';
import type { StreamSource } from '../contracts/experiment.ts';
import { mapNamed } from '../named.ts';
import { seedOf, type Rng } from '../random.ts';
import { toTensor } from './toTensor.ts';
import {
  drawView,
  isSpatial,
  moveTarget,
  paramTensors,
  settleView,
  showView,
  spatialTargets,
} from './view.ts';

/** Some samples as a view shows them. */
export interface Preview {
  /** [n, h, w, 3] */
  readonly images: NdArray;
  /** Those that stand for places in the image, moved with it. */
  readonly targets: NdArrays;
}

interface Given {
  readonly pixels: Uint8Array;
  readonly targets: NdArrays;
  readonly streams: readonly Rng[];
}

const shown = (
  view: View,
  { samples }: Pick<StreamSource, 'samples'>,
  { pixels, targets, streams }: Given,
): { readonly images: Tensor } & Readonly<Record<string, Tensor>> => {
  const { size, targets: specs } = samples;
  return tidy(() => {
    const images = tensor4d(Float32Array.from(pixels), [streams.length, ...size, 3]);
    const known = mapNamed(targets, toTensor);
    const drawn = paramTensors(drawView(view, streams, size));
    const params = settleView(view, drawn, { known: spatialTargets(known, specs), size });
    const moved = mapNamed(known, (target, name) =>
      moveTarget(view, { target, spec: specs[name]!, size }, params),
    );
    const levels = cast(round(clipByValue(showView(view, images, params), 0, 255)), 'int32');
    return {
      ...Object.fromEntries(Object.entries(moved).map(([name, t]) => [`target/${name}`, t])),
      images: levels,
    };
  });
};

const read = async (tensor: Tensor): Promise<NdArray> => {
  const data = (await tensor.data()) as Float32Array | Int32Array;
  return data instanceof Int32Array
    ? { dtype: 'int32', data, shape: tensor.shape }
    : { dtype: 'float32', data, shape: tensor.shape };
};

/** Stored images as a view shows them, one stream an image. */
export const previewOf = async (...args: Parameters<typeof shown>): Promise<Preview> => {
  const { images, ...targets } = shown(...args);
  try {
    const { data, shape } = await read(images);
    const moved = Object.entries(targets).map(
      async ([name, target]) => [name.slice('target/'.length), await read(target)] as const,
    );
    return {
      images: uint8(Uint8Array.from(data), shape),
      targets: Object.fromEntries(await Promise.all(moved)),
    };
  } finally {
    [images, ...Object.values(targets)].forEach((tensor) => tensor.dispose());
  }
};

/** A few samples in each of their views, as a step of an epoch sees them, with the maps and boxes that moved with them. */
export const previewSamples = async (
  stream: StreamSource,
  seed: number,
  positions: readonly number[],
  epoch = 0,
): Promise<Preview[]> => {
  const { name, samples, views } = stream;
  const pixels = await samples.read(positions);
  const all = await samples.readTargets(positions);
  const isMoved = (target: string): boolean => isSpatial(samples.targets[target]?.kind ?? 'values');
  const targets = Object.fromEntries(Object.entries(all).filter(([target]) => isMoved(target)));
  const drawn = seedOf(seed).at('augment', name, epoch);
  return Promise.all(
    views.map((view, v) =>
      previewOf(view, stream, { pixels, targets, streams: positions.map((p) => drawn.at(p, v).rng()) }),
    ),
  );
};

/** The views of a few samples as a step of an epoch, 0 where none is said, sees them: for each view, images [n, H, W, 3] in one array. */
export const previewViews = async (...args: Parameters<typeof previewSamples>): Promise<Uint8Array[]> =>
  (await previewSamples(...args)).map(({ images }) => Uint8Array.from(images.data));
