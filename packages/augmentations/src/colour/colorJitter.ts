import {
  add,
  addN,
  equal,
  expandDims,
  greater,
  less,
  cast,
  mul,
  logicalAnd,
  reshape,
  split,
  sub,
  tensor1d,
  tidy,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { AUGMENTATION, permutation, plugin, type Augmentation } from '@understory/core';
import { z } from 'zod';
import { blend, degenerateOf } from '../pixels/blend.ts';
import { between, chance, drawEach, drawRows } from '../draw.ts';
import { shiftHue } from '../pixels/hue.ts';
import { probability, within } from '../options.ts';
import { choose, greyPlane, perImage, toImages, toPlanes } from '../pixels/pixels.ts';

/** A factor of 256 makes the least difference of two levels as large as can be. */
const spread = (what: string) =>
  within(0, 255, 'a difference from the factor 1')
    .default(0.4)
    .describe(`${what} factor is drawn from 1 − this (not under 0) to 1 + this`);

export const ColorJitterOptions = z.strictObject({
  brightness: spread('brightness'),
  contrast: spread('contrast'),
  saturation: spread('saturation'),
  hue: within(0, 0.5, 'a part of a full turn of the hue')
    .default(0.1)
    .describe('hue is turned by up to this in either direction, in full turns'),
  p: probability(0.8),
});
export type ColorJitterOptions = z.input<typeof ColorJitterOptions>;

/*
 * The four operations come in an order of each image's own. Hue costs most, so it is computed once: three slots before
 * it and three after it hold the other operations; a slot that an image has no use for blends by 1, which changes nothing.
 */
const SLOTS = { before: [0, 1, 2], after: [1, 2, 3] } as const;

type Params = Readonly<Record<string, Tensor>>;

interface Slot {
  /** All [B, 1, 1]. */
  readonly factor: Tensor;
  readonly grey: Tensor;
  readonly mean: Tensor;
}

/** What each image does in three slots. `order` [B, 4]: the places of brightness, contrast, saturation and hue. */
const slotsOf = (params: Params, when: keyof typeof SLOTS): Slot[] => {
  const [brightness, contrast, saturation, hue] = split(params.order!, 4, 1) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ]; // [B, 1]
  const uses = (place: Tensor): Tensor => {
    const side = when === 'before' ? less(place, hue) : greater(place, hue);
    return cast(logicalAnd(equal(place, tensor1d([...SLOTS[when]])), side), 'float32'); // [B, 3]
  };
  const black = uses(brightness);
  const mean = uses(contrast);
  const grey = uses(saturation);
  const scaled = (used: Tensor, factor: string): Tensor => mul(used, expandDims(params[factor]!, 1));
  const idle = sub(1, add(add(black, mean), grey));
  const factors = addN([
    scaled(black, 'brightness'),
    scaled(mean, 'contrast'),
    scaled(grey, 'saturation'),
    idle,
  ]);
  const columns = (of: Tensor): Tensor[] => split(of, 3, 1).map((column) => reshape(column, [-1, 1, 1]));
  const [factor, means, greys] = [columns(factors), columns(mean), columns(grey)] as const;
  return factor.map((f, i) => ({ factor: f, mean: means[i]!, grey: greys[i]! }));
};

const runSlot = (planes: Tensor4D, { factor, grey, mean }: Slot): Tensor4D =>
  blend(planes, degenerateOf(greyPlane(planes), { grey, mean }), factor);

/**
 * With probability `p`, changes brightness, contrast, saturation and hue by random factors in random order, as
 * torchvision's `ColorJitter` does on 8-bit pictures. Images that are left out stay exactly as they are.
 */
export const colorJitter = (options: ColorJitterOptions = {}): Augmentation => {
  const { brightness, contrast, saturation, hue, p } = ColorJitterOptions.parse(options);
  return {
    name: 'color-jitter',
    inPlace: true,
    sample(streams) {
      const factor = (s: number) => drawEach(streams, (rng) => between(rng, Math.max(0, 1 - s), 1 + s));
      return {
        apply: drawEach(streams, (rng) => chance(rng, p)),
        order: drawRows(streams, 4, (rng) => permutation(4, rng)),
        brightness: factor(brightness),
        contrast: factor(contrast),
        saturation: factor(saturation),
        hue: drawEach(streams, (rng) => Math.trunc(between(rng, -hue, hue) * 255)), // in levels of 256
      };
    },
    apply: (images, params) =>
      tidy(() => {
        const start = slotsOf(params, 'before').reduce(runSlot, toPlanes(images));
        const turned = hue === 0 ? start : shiftHue(start, perImage(params.hue!, 3));
        const end = slotsOf(params, 'after').reduce(runSlot, turned);
        return choose(perImage(params.apply!, 4), toImages(end), images);
      }),
  };
};

export const colorJitterPlugin = plugin({
  token: AUGMENTATION,
  name: 'color-jitter',
  summary: 'Changes brightness, contrast, saturation and hue, in random order',
  when: 'Colour shall not tell views apart: the second view of the official code.',
  source: "torchvision's ColorJitter and RandomApply, as in Chen et al. 2020 (SimCLR)",
  options: ColorJitterOptions,
  create: colorJitter,
});
