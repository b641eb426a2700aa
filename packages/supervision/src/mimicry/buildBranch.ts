import { UnderstoryError, type Backbone, type Seed } from '@understory/core';
import { input, layers, model, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { forkOf, type BranchSpec } from './layout.ts';

/** A branch of the backbone's own blocks with a classifier: the map of its fork [B, h, w, c] → logits [B, C]. */
export const buildBranch = (
  objective: string,
  backbone: Backbone,
  { after, stages }: BranchSpec,
  { name, seed }: { readonly name: string; readonly seed: Seed },
): LayersModel => {
  if (!backbone.extend) {
    const why = `"${backbone.name}" cannot be continued with more blocks.`;
    throw new UnderstoryError(
      'no-extend',
      `${objective}: ${why} Choose another backbone, a ResNet for example.`,
    );
  }
  const [, ...shape] = backbone.model.outputs[forkOf(backbone, after)]!.shape as number[];
  const from = input({ shape, name: `${name}/input` });
  const map = backbone.extend(from, stages, name);
  const pooled = layers.globalAveragePooling2d({ name: `${name}/pool` }).apply(map) as SymbolicTensor;
  const dense = layers.dense({ name: `${name}/dense`, units: backbone.classes, kernelInitializer: 'zeros' });
  const branch = model({ inputs: from, outputs: dense.apply(pooled) as SymbolicTensor, name });
  backbone.initialize(branch, seed);
  return branch;
};
