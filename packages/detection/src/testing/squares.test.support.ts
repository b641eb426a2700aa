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

type Size = readonly [height: number, width: number];

/** Height and width of the images, which lie; those that stand have them the other way round. */
export const SIZE = [64, 96] as const;
const UPRIGHT = [96, 64] as const;
const BOTH = [96, 96] as const;
/** What is right of pictures and below them. */
const FILL = 51;
const MOST = 4;

interface Scene {
  readonly pixels: Uint8Array;
  readonly boxes: Float32Array;
}

/** A dark image with one to three bright rectangles: red ones are class 0, green ones class 1. */
const scene = (seed: Seed, [height, width]: Size): Scene => {
  const rng = seed.rng();
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

/** Pictures of `own` pixels, one after the other, top left on canvases of another size. */
const onCanvas = (pixels: Uint8Array, own: Size, [height, width]: Size): Uint8Array => {
  const out = new Uint8Array(height * width * 3).fill(FILL);
  for (let y = 0; y < own[0]; y++)
    out.set(pixels.subarray(y * own[1] * 3, (y + 1) * own[1] * 3), y * width * 3);
  return out;
};

/** Which samples stand upright. */
export type Upright = (position: number) => boolean;

/** The same samples on two canvases. */
const onCanvases = (samples: Samples, draw: (position: number) => Uint8Array, upright: Upright): Samples => {
  const read = (positions: ArrayLike<number>, size: Size): Promise<Uint8Array> => {
    const all = Array.from(positions, (p) => onCanvas(draw(p), upright(p) ? UPRIGHT : SIZE, size));
    return Promise.resolve(Uint8Array.from(all.flatMap((pixels) => [...pixels])));
  };
  const of = Uint8Array.from({ length: samples.length }, (_, p) => (upright(p) ? 1 : 0));
  const canvases = { sizes: [SIZE, UPRIGHT], of, read };
  return { ...samples, size: BOTH, read: (positions) => read(positions, BOTH), canvases };
};

/** Pictures of rectangles, each on its own canvas. */
const squaresOn = (seed: Seed, length: number, upright: Upright): Samples => {
  const sizeAt = (p: number): Size => (upright(p) ? UPRIGHT : SIZE);
  const own = squares(seed, length, sizeAt);
  return onCanvases(own, (p) => scene(seed.at(p), sizeAt(p)).pixels, upright);
};

const squares = (seed: Seed, length: number, sizeAt: (position: number) => Size): Samples => ({
  length,
  size: sizeAt(0),
  targets: { [BOXES]: boxesSpec(MOST), [FRAME]: frameSpec },
  readTargets(positions): Promise<NdArrays> {
    const all = Array.from(positions, (p) => scene(seed.at(p), sizeAt(p)).boxes);
    const frames = Array.from(positions, (p) => Float32Array.from([0, 0, ...sizeAt(p), ...sizeAt(p)]));
    return Promise.resolve({
      [BOXES]: float32(join(all, MOST * 7), [all.length, MOST, 7]),
      [FRAME]: float32(join(frames, 6), [all.length, 1, 6]),
    });
  },
  read(positions) {
    const all = Array.from(positions, (p) => scene(seed.at(p), sizeAt(p)).pixels);
    return Promise.resolve(Uint8Array.from(all.flatMap((pixels) => [...pixels])));
  },
  describe: (position) => `squares ${position}`,
});

/** Images of rectangles in two colours: all of one size, or on canvases, some of them upright. */
export const squaresDataset = (
  train = 64,
  test = 16,
  { size = SIZE, upright }: { readonly size?: Size; readonly upright?: Upright } = {},
): Dataset => {
  const seed = seedOf(0);
  const split = (name: string, length: number): Samples =>
    upright ? squaresOn(seed.at(name), length, upright) : squares(seed.at(name), length, () => size);
  return {
    name: 'squares',
    classes: ['red', 'green'],
    normalization: { mean: [0.2, 0.2, 0.2], std: [0.2, 0.2, 0.2] },
    train: split('train', train),
    validation: split('validation', test),
    test: split('test', test),
    fit: 'contain',
    leftOut: [],
  };
};
