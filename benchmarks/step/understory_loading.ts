/**
 * Loading as users of Understory do it, for `loading.ts`: images from shards, decoded, cropped and flipped, as normalised
 * float32 batches, the views in a compiled graph as in a training step. A `step` is a turn of several batches; two are on their
 * way while one is waited for.
 */
import { parseArgs } from 'node:util';
import { cast, slice, type Tensor4D } from '@tensorflow/tfjs-core';
import {
  AUGMENTATION,
  drawView,
  normalizeImages,
  permutation,
  seedOf,
  showView,
  uint8,
  type Rng,
} from '../../packages/core/src/index.ts';
import { decodeJpegsBy, shards } from '../../packages/datasets/src/index.ts';
import { compile, decodeJpeg, loadEngine } from '../../packages/engine/src/index.ts';
import { answerLines, timed } from './answer.ts';
import { cropViews, registry } from './experiment.ts';

const { values } = parseArgs({
  options: {
    shards: { type: 'string' },
    batch: { type: 'string', default: '128' },
    size: { type: 'string', default: '32' },
    batches: { type: 'string', default: '20' },
    decoded: { type: 'string', default: '0' },
  },
});
const [batch, size, batches, decoded] = [values.batch, values.size, values.batches, values.decoded].map(
  Number,
) as [number, number, number, number];

/** Batches that are not counted: some were read while others had their turn. */
const SKIP = 6;

await answerLines(async () => {
  const engine = await loadEngine();
  decodeJpegsBy(decodeJpeg);
  const open = shards({
    root: values.shards!,
    size: [size, size],
    cache: 0,
    decoded,
    validation: 0,
    testShare: 0,
  });
  const { train, normalization } = await open({ seed: seedOf(1) });
  const view = cropViews[0]!.map((spec) => registry.make(AUGMENTATION, spec));
  let [epoch, at, order] = [0, 0, permutation(train.length, seedOf(0).rng())];
  const positions = (): Int32Array => {
    if (at + batch > order.length) [at, order] = [0, permutation(train.length, seedOf(++epoch).rng())];
    return order.subarray(at, (at += batch));
  };
  const begin = () => {
    const chosen = positions();
    return { chosen, pixels: train.read(chosen) };
  };
  const ahead = [begin(), begin()];
  // The batch stays where a network would take it; one number of it comes out.
  const shown = compile(({ images, ...params }) => ({
    first: slice(
      normalizeImages(showView(view, cast(images as Tensor4D, 'float32'), params), normalization),
      [0, 0, 0, 0],
      [1, 1, 1, 1],
    ),
  }));
  const one = async (): Promise<void> => {
    ahead.push(begin());
    const { chosen, pixels } = ahead.shift()!;
    const streams = Array.from(chosen, (position): Rng => seedOf(epoch).at(position).rng());
    const images = uint8(await pixels, [batch, size, size, 3]);
    await shown.run({ images, ...drawView(view, streams, train.size) });
  };
  return {
    ready: `${engine.description}, ${train.length} images in shards`,
    parameters: 0,
    commands: {
      async step() {
        for (let i = 0; i < SKIP; i++) await one();
        const [, { wall, cpu }] = await timed(async () => {
          for (let i = 0; i < batches; i++) await one();
        });
        return { wall: wall / batches, cpu: cpu / batches, loss: 0 };
      },
    },
  };
});
