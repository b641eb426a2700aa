import { add, clone, expandDims, mul, split, tidy, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import {
  float32,
  moveTarget,
  showView,
  withPrefix,
  type Augmentation,
  type NdArray,
  type NdArrays,
  type Rng,
  type View,
} from '@understory/core';
import { warping } from '../geometric/geometric.ts';
import { moving, type Moving } from '../geometric/moving.ts';
import { blend, degenerateOf, smooth } from '../pixels/blend.ts';
import { equalizeTable, keepLevel, LEVELS, mapLevels, stretchTable, tableOf } from '../pixels/levels.ts';
import type { Change } from './operations.ts';
import type { Colour } from '../options.ts';
import { choose, greyPlane, perImage, toImages, toPlanes } from '../pixels/pixels.ts';
import { encodeMatrix, IDENTITY, warp } from '../pixels/warp.ts';

/*
 * A policy gives every image an operation of its own, but a batch is one tensor and a graph has no branches. So a slot
 * does four things to all images, each of which changes nothing where it is not asked for: a warp, a blend with a
 * degenerate image, a table of levels, and a table from the image's histogram.
 */

/** One row an image. */
const rowsOf = (
  changes: readonly Change[],
  width: number,
  row: (change: Change) => ArrayLike<number>,
): NdArray => {
  const data = new Float32Array(changes.length * width);
  changes.forEach((change, i) => data.set(row(change), i * width));
  return float32(data, [changes.length, width]);
};

const KEPT = tableOf(keepLevel);

/** What all images do in a slot, as numbers. */
const encodeSlot = (changes: readonly Change[]): NdArrays => ({
  matrix: rowsOf(changes, 6, ({ matrix }) => encodeMatrix(matrix ?? IDENTITY)),
  blend: rowsOf(changes, 4, ({ blend: [what, factor] = ['black', 1] }) => [
    factor,
    what === 'grey' ? 1 : 0,
    what === 'mean' ? 1 : 0,
    what === 'smooth' ? 1 : 0,
  ]),
  levels: rowsOf(changes, LEVELS, ({ level }) => (level ? tableOf(level) : KEPT)),
  adapt: rowsOf(changes, 2, ({ adapt }) => [adapt === 'stretch' ? 1 : 0, adapt === 'equalize' ? 1 : 0]),
});

type Params = Readonly<Record<string, Tensor>>;

/** Columns of [B, n], each [B, 1, 1]. */
const columnsOf = (rows: Tensor): Tensor[] =>
  split(rows, rows.shape[1]!, 1).map((column) => perImage(column, 3));

const blendSlot = (planes: Tensor4D, rows: Tensor): Tensor4D => {
  const [factor, grey, mean, smoothed] = columnsOf(rows) as [Tensor, Tensor, Tensor, Tensor];
  const flat = degenerateOf(greyPlane(planes), { grey, mean }); // [B, H, W]
  return blend(planes, add(flat, mul(smooth(planes), smoothed)), factor);
};

const levelSlot = (planes: Tensor4D, { levels, adapt }: Params): Tensor4D => {
  const [stretched, equalized] = columnsOf(adapt!).map((flag) => perImage(flag, 2)) as [Tensor, Tensor]; // [B, 1]
  const known = expandDims(levels!, 0); // [1, B, 256]
  const table = choose(equalized, equalizeTable(planes), choose(stretched, stretchTable(planes), known));
  return mapLevels(planes, table);
};

const runSlot = (images: Tensor4D, params: Params, fill: Colour): Tensor4D => {
  const warped = warp(images, params['matrix']!, { interpolation: 'nearest', fill });
  return toImages(levelSlot(blendSlot(toPlanes(warped), params['blend']!), params));
};

interface PolicyOptions {
  readonly slots: number;
  readonly fill: Colour;
  /** Share of a box's area that each slot must leave. */
  readonly keep?: number;
}

/** One slot; what it does is drawn together with the other slots. Targets go with its warp. */
const slotOf = ({ fill, keep = 0 }: Pick<PolicyOptions, 'fill' | 'keep'>): Augmentation & Moving =>
  moving(
    { ...warping, cut: { keep } },
    {
      name: 'slot',
      sample: () => ({}),
      apply: (images, params) => runSlot(images, params, fill),
    },
  );

/** An augmentation that draws `slots` changes for each image and does them in order. */
export const policy = (
  name: string,
  { slots, ...options }: PolicyOptions,
  draw: (rng: Rng, size: readonly [number, number]) => readonly Change[],
): Augmentation & Moving => {
  const view: View = Array.from({ length: slots }, () => slotOf(options));
  return {
    name,
    moves: ['map', 'boxes'],
    sample(streams, size) {
      const drawn = streams.map((rng) => draw(rng, size));
      const encoded = view.map((_, slot) =>
        withPrefix(`${slot}/`, encodeSlot(drawn.map((changes) => changes[slot] ?? {}))),
      );
      return Object.assign({}, ...encoded) as NdArrays;
    },
    apply: (images, params) => tidy(() => showView(view, images, params)),
    applyTarget: (target, spec, params, size) =>
      tidy(() => clone(moveTarget(view, { target, spec, size }, params))),
  };
};
