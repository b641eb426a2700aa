import { tensor4d, tidy, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import type { NdArray, NdArrays } from '../contracts/arrays.ts';
import type { Augmentation, DrawnParams, SpatialTarget, View } from '../contracts/augmentation.ts';
import type { SpatialKind, TargetKind, Targets, TargetSpec } from '../contracts/dataset.ts';
import { mapNamed, partOf, withPrefix } from '../named.ts';
import type { Rng } from '../random.ts';
import { sampleInParts } from './sampleInParts.ts';
import { toTensor } from './toTensor.ts';

type Size = readonly [height: number, width: number];

/** An augmentation of a view, with what its parameters' names begin with and the size of the images that it gets. */
interface ViewStep {
  readonly augmentation: Augmentation;
  readonly prefix: string;
  readonly size: Size;
}

/** The one place that walks through a view. */
function* stepsOf(view: View, start: Size): Generator<ViewStep, void> {
  let size = start;
  for (const [i, augmentation] of view.entries()) {
    yield { augmentation, prefix: `${i}/`, size };
    size = sizeAfter([augmentation], size);
  }
}

/** What gives an image of a view parts of others of its batch, where something does. */
export const mixerOf = (view: View): Augmentation | undefined => view.find(({ mixes = false }) => mixes);

/** Size of what a view makes of images, whether it can work on them or not. */
export const sizeAfter = (view: View, size: Size): Size =>
  view.reduce((now, augmentation) => augmentation.outputSize?.(now) ?? now, size);

/** Size of what a view makes of images; refuses images on which one of its augmentations cannot work. */
export const viewSize = (view: View, size: Size): Size => {
  for (const { augmentation, size: now } of stepsOf(view, size)) augmentation.check?.(now);
  return sizeAfter(view, size);
};

/** What all augmentations of a view draw for a batch, one stream an image; names begin with the augmentation's place: `0/top`. */
export const drawView = (view: View, streams: readonly Rng[], size: Size): NdArrays =>
  Object.assign(
    {},
    ...[...stepsOf(view, size)].map(({ augmentation, prefix, size: now }) =>
      withPrefix(prefix, augmentation.sample(streams, now)),
    ),
  ) as NdArrays;

/** As `drawView`; large batches are drawn some images at a time, between which the event loop is free. */
export const drawViewInTurns = async (
  view: View,
  streams: readonly Rng[],
  size: Size,
): Promise<Record<string, NdArray>> => {
  const all: Record<string, NdArray> = {};
  for (const { augmentation, prefix, size: now } of stepsOf(view, size))
    Object.assign(all, withPrefix(prefix, await sampleInParts(augmentation, streams, now)));
  return all;
};

/** Images as a view shows them, for what `drawView` drew: levels 0…255, [B, H, W, 3] → [B, h, w, 3]. */
export const showView = (view: View, images: Tensor4D, params: DrawnParams): Tensor4D =>
  view.reduce((now, augmentation, i) => augmentation.apply(now, partOf(params, `${i}/`)), images);

/** A target as it belongs to the images that `showView` gives: what stands for places has moved with them. */
export const moveTarget = (
  view: View,
  { target, spec, size }: { readonly target: Tensor; readonly spec: TargetSpec; readonly size: Size },
  params: DrawnParams,
): Tensor => {
  if (!isSpatial(spec.kind)) return target;
  let now = target;
  for (const { augmentation, prefix, size: before } of stepsOf(view, size))
    now = augmentation.applyTarget?.(now, spec, partOf(params, prefix), before) ?? now;
  return now;
};

/** Those of a batch's targets that stand for places in its images. */
export const spatialTargets = (
  targets: Readonly<Record<string, Tensor>>,
  specs: Targets,
): readonly SpatialTarget[] =>
  Object.entries(targets)
    .map(([name, target]) => ({ target, spec: specs[name]! }))
    .filter(({ spec }) => isSpatial(spec.kind));

/**
 * What `drawView` drew, completed by what is known of the images before the view; the same where no augmentation asks for
 * that (`settle`). `showView` and `moveTarget` take either, for all images and targets the same one.
 */
export const settleView = (
  view: View,
  params: DrawnParams,
  { known, size }: { readonly known: readonly SpatialTarget[]; readonly size: Size },
): DrawnParams => {
  const last = view.findLastIndex((augmentation) => augmentation.settle !== undefined);
  const settled: Record<string, Tensor> = { ...params };
  let now = known;
  for (const { augmentation, prefix, size: before } of [...stepsOf(view, size)].slice(0, last + 1)) {
    const drawn = partOf(params, prefix);
    const own = augmentation.settle?.(drawn, now, before) ?? drawn;
    Object.assign(settled, withPrefix(prefix, own));
    now = now.map(({ target, spec }) => ({
      target: augmentation.applyTarget?.(target, spec, own, before) ?? target,
      spec,
    }));
  }
  return settled;
};

/** Whether numbers of this kind stand for places in the image. */
export const isSpatial = (kind: TargetKind): kind is SpatialKind => kind === 'map' || kind === 'boxes';

/** The first augmentation of a view that moves pixels and not the targets of this kind; undefined where all do. */
export const leavesBehind = (view: View, kind: SpatialKind): Augmentation | undefined =>
  view.find(({ inPlace = false, moves = [] }) => !inPlace && !moves.includes(kind));

/** What was drawn, as tensors. */
export const paramTensors = (params: NdArrays): DrawnParams => mapNamed(params, toTensor);

/** Stored images, [n, H, W, 3] in one array, as a view shows them: levels 0…255, [n, h, w, 3]. One stream an image. */
export const applyView = (view: View, pixels: Uint8Array, size: Size, streams: readonly Rng[]): Tensor4D =>
  tidy(() =>
    showView(
      view,
      tensor4d(Float32Array.from(pixels), [streams.length, ...size, 3]),
      paramTensors(drawView(view, streams, size)),
    ),
  );
