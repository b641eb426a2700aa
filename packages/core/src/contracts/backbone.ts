import type { SymbolicTensor, LayersModel } from '@tensorflow/tfjs-layers';
import { token } from '../plugin.ts';
import type { Seed } from '../random.ts';

/** A stage output to which an objective can attach. */
export interface Tap {
  readonly name: string;
  readonly channels: number;
  /** Input pixels per feature-map pixel, along each side. */
  readonly stride: number;
}

/** More stages of a family's own block type, as branches need them (DKS, DHM, ONE). */
export interface StageSpec {
  readonly blocks: number;
  /** Planes before the block's expansion, already scaled by the backbone's width multiplier where it should be. */
  readonly planes: number;
  readonly stride: number;
}

export interface Backbone {
  readonly name: string;
  /**
   * Images [B, H, W, 3], normalised → [one map [B, h, w, c] per tap, pooled feature [B, D], logits [B, C]]; without the
   * logits where the task has outputs of its own.
   */
  readonly model: LayersModel;
  /** Shallow to deep; the last one is the map that is pooled. */
  readonly taps: readonly Tap[];
  /** D, the width of the pooled feature. */
  readonly features: number;
  /** C; 0 where it has no classifier. */
  readonly classes: number;
  /** Planes of the four stages (before expansion) and the blocks in each: what branches are sized by. */
  readonly planes?: readonly number[];
  readonly blocks?: readonly number[];
  /** Continues from a map with more stages of this family's own blocks; absent where a family has none. */
  readonly extend?: (from: SymbolicTensor, stages: readonly StageSpec[], name: string) => SymbolicTensor;
  /** Draws fresh values for the weights of a model made by `extend` (or any other) by this family's rule. */
  readonly initialize: (model: LayersModel, seed: Seed) => void;
}

export interface BackboneRequest {
  /** What the classifier tells apart; 0 for a backbone without one. */
  readonly classes: number;
  /** Height and width of the input in pixels. */
  readonly size: readonly [number, number];
  readonly seed: Seed;
  /** Leaves every weight at zero: for weights that are loaded afterwards, or a network that is only described. */
  readonly blank?: boolean;
}

export type BackboneFactory = (request: BackboneRequest) => Backbone;
export const BACKBONE = token<BackboneFactory>('backbone');

export interface HeadRequest {
  readonly name: string;
  /** The taps from the one that the head hangs on to the deepest one. */
  readonly towards: readonly Tap[];
  /** Shape of the map that it hangs on, without the batch: [h, w, c]. */
  readonly shape: readonly [number, number, number];
  /** Width of the backbone's pooled feature. */
  readonly features: number;
  readonly seed: Seed;
}

/** Makes a projection head: a map [B, h, w, c] → a vector [B, D], not normalised. */
export type HeadFactory = (request: HeadRequest) => LayersModel;
export const HEAD = token<HeadFactory>('head');
