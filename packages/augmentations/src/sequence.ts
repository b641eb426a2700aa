import { clone, tidy } from '@tensorflow/tfjs-core';
import {
  drawView,
  leavesBehind,
  moveTarget,
  settleView,
  showView,
  sizeAfter,
  viewSize,
  type Augmentation,
  type SpatialKind,
  type View,
} from '@understory/core';

type Sequence = Augmentation &
  Required<Pick<Augmentation, 'inPlace' | 'mixes' | 'moves' | 'applyTarget' | 'check' | 'outputSize'>>;

const SPATIAL: readonly SpatialKind[] = ['map', 'boxes'];

/**
 * Augmentations in order, as one; it moves what each of them moves or leaves in place. Their parameters are told apart by
 * their place: `0/top`.
 */
export const sequence = (name: string, view: View): Sequence => ({
  name,
  deterministic: view.every(({ deterministic = false }) => deterministic),
  inPlace: view.every(({ inPlace = false }) => inPlace),
  mixes: view.some(({ mixes = false }) => mixes),
  moves: SPATIAL.filter((kind) => !leavesBehind(view, kind)),
  check: (size) => void viewSize(view, size),
  outputSize: (size) => sizeAfter(view, size),
  sample: (streams, size) => drawView(view, streams, size),
  ...(view.some((augmentation) => augmentation.settle !== undefined) && {
    settle: (params, known, size) => settleView(view, params, { known, size }),
  }),
  apply: (images, params) => tidy(() => showView(view, images, params)),
  applyTarget: (target, spec, params, size) =>
    tidy(() => clone(moveTarget(view, { target, spec, size }, params))),
});
