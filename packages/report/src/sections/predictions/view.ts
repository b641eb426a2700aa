import type { NdArray, Prediction, TargetKind, TargetSpec } from '@understory/core';
import type { Example } from '../../input.ts';
import type { Content } from '../../page/markup.ts';

/** What an example's prediction of one kind is shown beside. */
export interface Scene {
  readonly example: Example;
  /** Its place among the examples. */
  readonly at: number;
  /** Names of the dataset's classes. */
  readonly names: readonly string[];
  /** What is true, of the prediction's kind; absent where the images have no such target. */
  readonly truth?: { readonly spec: TargetSpec; readonly values: NdArray };
}

/** How predictions of a kind are shown. */
export interface KindView<K extends Prediction['kind'] & TargetKind> {
  readonly truth: (scene: Scene) => Content;
  /** `least`: the probability from which on boxes are drawn, where one is known. */
  readonly prediction: (
    prediction: Extract<Prediction, { readonly kind: K }>,
    scene: Scene,
    least?: number,
  ) => Content;
  /** Says how to read all of them. */
  readonly key?: Content;
}
