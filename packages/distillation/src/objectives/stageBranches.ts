import { buildBranch, UnderstoryError, type Backbone, type BranchSpec, type Seed } from '@understory/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/**
 * The stages that follow a tap, once more; after the last tap its own stage, without a stride. Throws where the backbone
 * does not tell its stages.
 */
export const laterStages = (
  objective: string,
  { name, taps, planes, blocks }: Backbone,
  tap: number,
): BranchSpec => {
  if (!planes || !blocks || taps.length < 2) {
    const lack = 'does not tell the blocks and planes of its stages. Choose a ResNet, for example.';
    throw new UnderstoryError('no-layout', `${objective}: "${name}" ${lack}`);
  }
  const stage = (i: number, stride: number): BranchSpec['stages'][number] => {
    const fromEnd = i - taps.length;
    return { blocks: blocks.at(fromEnd)!, planes: planes.at(fromEnd)!, stride };
  };
  const strideTo = (i: number): number => taps[i]!.stride / taps[i - 1]!.stride;
  const last = taps.length - 1;
  const later = Array.from({ length: last - tap }, (_, k) => stage(tap + 1 + k, strideTo(tap + 1 + k)));
  return { after: taps[tap]!.name, stages: later.length > 0 ? later : [stage(last, 1)] };
};

export interface StageBranchRequest {
  /** How many each branch tells apart. */
  readonly classes: number;
  /** Places of the taps that have one; all by default. */
  readonly taps?: readonly number[];
  readonly seed: Seed;
}

/** A classifier after each tap, through copies of the stages that follow it, by the tap's name. */
export const stageBranches = (
  objective: string,
  backbone: Backbone,
  { classes, taps = [...backbone.taps.keys()], seed }: StageBranchRequest,
): Record<string, LayersModel> =>
  Object.fromEntries(
    taps.map((tap) => {
      const { name } = backbone.taps[tap]!;
      const spec = laterStages(objective, backbone, tap);
      return [name, buildBranch(objective, backbone, spec, { name, seed: seed.at(name), classes })];
    }),
  );
