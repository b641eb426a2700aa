import { input, layers, model, type LayersModel } from '@tensorflow/tfjs-layers';
import type { Backbone, StageSpec } from '../contracts/backbone.ts';
import { UnderstoryError, unknownName } from '../errors.ts';
import { applyLayer } from '../layers/applyLayer.ts';
import type { Seed } from '../random.ts';

/** A side branch: where it leaves the main path, and the stages that it goes through of its own. */
export interface BranchSpec {
  /** Name of the tap that it forks from. */
  readonly after: string;
  readonly stages: readonly StageSpec[];
}

/** Place of a tap, shallow to deep. */
export const tapIndex = ({ taps, name }: Backbone, tap: string): number => {
  const index = taps.findIndex((t) => t.name === tap);
  if (index >= 0) return index;
  const known = taps.map((t) => t.name);
  throw unknownName('tap', tap, known, `They are the stages of "${name}".`);
};

export interface BranchRequest {
  readonly name: string;
  readonly seed: Seed;
  /** What its classifier tells apart; the backbone's classes where absent. */
  readonly classes?: number;
}

/** A branch of the backbone's own blocks with a classifier: the map of its fork [B, h, w, c] → logits [B, C]. */
export const buildBranch = (
  objective: string,
  backbone: Backbone,
  { after, stages }: BranchSpec,
  { name, seed, classes = backbone.classes }: BranchRequest,
): LayersModel => {
  if (!backbone.extend) {
    const why = `"${backbone.name}" cannot be continued with more blocks.`;
    throw new UnderstoryError(
      'no-extend',
      `${objective}: ${why} Choose another backbone, a ResNet for example.`,
    );
  }
  const [, ...shape] = backbone.model.outputs[tapIndex(backbone, after)]!.shape as number[];
  const from = input({ shape, name: `${name}/input` });
  const map = backbone.extend(from, stages, name);
  const pooled = applyLayer(layers.globalAveragePooling2d({ name: `${name}/pool` }), map);
  const dense = layers.dense({ name: `${name}/dense`, units: classes, kernelInitializer: 'zeros' });
  const branch = model({ inputs: from, outputs: applyLayer(dense, pooled), name });
  backbone.initialize(branch, seed);
  return branch;
};
