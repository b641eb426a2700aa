import {
  mean,
  tensor,
  tensor4d,
  tidy,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { resnet } from '@understory/backbones';
import { normalizeImages, seedOf, unitVectors, type Backbone } from '@understory/core';
import type { Manifest, Seen } from './shared.ts';

/** The network of a manifest, with its weights. */
export const buildNetwork = (manifest: Manifest, weights: Float32Array): Backbone => {
  const { backbone: options, classes, size } = manifest;
  const backbone = resnet({ ...options, classes: classes.length, size, seed: seedOf(0), blank: true });
  let from = 0;
  const values = manifest.weights.map(({ shape }) => {
    const count = shape.reduce((a, b) => a * b, 1);
    return tensor(weights.subarray(from, (from += count)), [...shape]);
  });
  backbone.model.setWeights(values);
  for (const value of values) value.dispose();
  return backbone;
};

const rowsOf = async (x: Tensor): Promise<Float32Array[]> => {
  const [count = 0, width = 0] = x.shape;
  const data = await x.data<'float32'>();
  x.dispose();
  return Array.from({ length: count }, (_, i) => data.slice(i * width, (i + 1) * width));
};

/** What the network makes of images: pixels [n, H, W, 3] as bytes → one answer an image. */
export const look = async (
  backbone: Backbone,
  manifest: Manifest,
  pixels: Uint8Array,
): Promise<readonly Seen[]> => {
  const [height, width] = manifest.size;
  const count = pixels.length / (height * width * 3);
  const made = tidy(() => {
    const images = tensor4d(Float32Array.from(pixels), [count, height, width, 3]);
    const outputs = backbone.model.predict(normalizeImages(images, manifest.normalization)) as Tensor[];
    const maps = outputs.slice(0, backbone.taps.length) as Tensor4D[];
    return [outputs.at(-1) as Tensor, ...maps.map((map) => unitVectors(mean<Tensor2D>(map, [1, 2])))];
  });
  const [logits = [], ...taps] = await Promise.all(made.map(rowsOf));
  return logits.map((row, i) => ({ logits: row, taps: taps.map((rows) => rows[i] ?? new Float32Array()) }));
};

/** Probabilities of logits. */
export const softmax = (logits: Float32Array): number[] => {
  const most = Math.max(...logits);
  const shares = Array.from(logits, (l) => Math.exp(l - most));
  const sum = shares.reduce((a, b) => a + b, 0);
  return shares.map((share) => share / sum);
};
