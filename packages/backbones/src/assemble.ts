import {
  initialize,
  type Backbone,
  type BackboneRequest,
  type InitRule,
  type StageSpec,
  type Tap,
} from '@understory/core';
import { input, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { channels } from './parts/connect.ts';

export interface Network {
  /** Maps that objectives can tap, by name, shallow to deep; the last one is pooled. */
  readonly maps: readonly (readonly [name: string, map: SymbolicTensor])[];
  readonly pooled: SymbolicTensor;
  readonly logits: SymbolicTensor;
}

/** What a family tells about itself besides its network. */
export interface Family {
  readonly name: string;
  readonly rule: InitRule;
  readonly stages?: readonly StageSpec[];
  readonly extend?: Backbone['extend'];
}

/** Input images, normalised [B, H, W, 3]. */
export const images = ([height, width]: readonly [number, number]): SymbolicTensor =>
  input({ shape: [height, width, 3], name: 'images' });

const tapOf = (name: string, map: SymbolicTensor, size: number): Tap => ({
  name,
  channels: channels(map),
  stride: Math.round(size / map.shape[1]!),
});

/** Makes the model of a network, gives it its first weights and describes its taps. */
export const assemble = (
  from: SymbolicTensor,
  { maps, pooled, logits }: Network,
  family: Family,
  { classes, size, seed }: BackboneRequest,
): Backbone => {
  const { name, rule, stages, extend } = family;
  const outputs = [...maps.map(([, map]) => map), pooled, logits];
  const backbone: Backbone = {
    name,
    model: model({ name, inputs: from, outputs }),
    taps: maps.map(([tap, map]) => tapOf(tap, map, size[0])),
    features: channels(pooled),
    classes,
    ...(stages && { planes: stages.map((s) => s.planes), blocks: stages.map((s) => s.blocks) }),
    ...(extend && { extend }),
    initialize: (made, place) => initialize(made, place, rule),
  };
  backbone.initialize(backbone.model, seed);
  return backbone;
};
