import { add, div, mul, neg, sqrt, square, zerosLike } from '@tensorflow/tfjs-core';
import {
  boxesSpec,
  byName,
  BOXES,
  float32,
  FRAME,
  frameSpec,
  seedOf,
  type Dataset,
  type NdArrays,
  type Samples,
  type Seed,
  type Transform,
} from '@understory/core';

/** Each gradient over the root of its recent mean square (RMSProp). */
export const rmsProp: Transform = {
  init: (variables) =>
    Object.fromEntries(Object.entries(variables).map(([name, v]) => [`square/${name}`, zerosLike(v)])),
  update(gradients, state, { rate }) {
    const next = Object.entries(gradients).map(([name, g]) => {
      const before = byName(state, `square/${name}`);
      return [name, g, add(mul(before, 0.95), mul(square(g), 0.05))] as const;
    });
    return {
      updates: Object.fromEntries(
        next.map(([name, g, mean]) => [name, neg(mul(rate, div(g, add(sqrt(mean), 1e-6))))]),
      ),
      state: Object.fromEntries(next.map(([name, , mean]) => [`square/${name}`, mean])),
    };
  },
};

/** Height and width of the images. */
export const SIZE = [64, 96] as const;
const MOST = 4;

interface Scene {
  readonly pixels: Uint8Array;
  readonly boxes: Float32Array;
}

/** A dark image with one to three bright rectangles: red ones are class 0, green ones class 1. */
const scene = (seed: Seed): Scene => {
  const rng = seed.rng();
  const [height, width] = SIZE;
  const pixels = new Uint8Array(height * width * 3).fill(30);
  const boxes = new Float32Array(MOST * 7);
  for (let i = rng.integer(0, 2); i >= 0; i--) {
    const [h, w] = [rng.integer(12, 30), rng.integer(12, 30)];
    const [top, left] = [rng.integer(0, height - h), rng.integer(0, width - w)];
    const label = rng.integer(0, 1);
    for (let y = top; y < top + h; y++)
      for (let x = left; x < left + w; x++) pixels[(y * width + x) * 3 + label] = 220;
    boxes.set([top, left, top + h, left + w, label, 0, h * w], i * 7);
  }
  return { pixels, boxes };
};

const join = (parts: readonly Float32Array[], row: number): Float32Array => {
  const all = new Float32Array(parts.length * row);
  parts.forEach((part, i) => all.set(part, i * row));
  return all;
};

const squares = (seed: Seed, length: number): Samples => ({
  length,
  size: SIZE,
  targets: { [BOXES]: boxesSpec(MOST), [FRAME]: frameSpec },
  readTargets(positions): Promise<NdArrays> {
    const all = Array.from(positions, (p) => scene(seed.at(p)).boxes);
    const frames = all.map(() => Float32Array.from([0, 0, ...SIZE, ...SIZE]));
    return Promise.resolve({
      [BOXES]: float32(join(all, MOST * 7), [all.length, MOST, 7]),
      [FRAME]: float32(join(frames, 6), [all.length, 1, 6]),
    });
  },
  read(positions) {
    const all = Array.from(positions, (p) => scene(seed.at(p)).pixels);
    return Promise.resolve(Uint8Array.from(all.flatMap((pixels) => [...pixels])));
  },
  describe: (position) => `squares ${position}`,
});

/** Images of rectangles in two colours. */
export const squaresDataset = (train = 64, test = 16): Dataset => {
  const seed = seedOf(0);
  return {
    name: 'squares',
    classes: ['red', 'green'],
    normalization: { mean: [0.2, 0.2, 0.2], std: [0.2, 0.2, 0.2] },
    train: squares(seed.at('train'), train),
    validation: squares(seed.at('validation'), test),
    test: squares(seed.at('test'), test),
    fit: 'contain',
    leftOut: [],
  };
};
