import { UnderstoryError, type Backbone, type BranchSpec, type StageSpec } from '@understory/core';
import { z } from 'zod';

const count = (what: string): z.ZodInt => z.int().min(1).describe(what);

/** A side branch in options. */
export const branchSpec = z.strictObject({
  after: z.string().describe('tap that the branch forks from, by name'),
  stages: z
    .array(
      z.strictObject({
        blocks: count('blocks of the stage'),
        planes: count("planes of its blocks, before the family's expansion"),
        stride: count('stride of its first block, in map pixels'),
      }),
    )
    .min(1),
});
interface Stages {
  readonly blocks: readonly number[];
  readonly planes: readonly number[];
  /** Of each stage's first block. */
  readonly strides: readonly number[];
}

/** Branches of a backbone of four or more stages: Li & Chen 2020, ImageNet models. */
const deepLayout = ({ blocks, planes, strides }: Stages): StageSpec[][] => {
  const last = blocks.length - 1;
  const stage = (i: number, n: number, factor = 1): StageSpec => ({
    blocks: n,
    planes: factor * planes[i]!,
    stride: strides[i]!,
  });
  const half = Math.ceil(blocks[last - 1]! / 2);
  return [[stage(last - 1, half), stage(last, Math.min(2, blocks[last]!))], [stage(last, blocks[last]!, 2)]];
};

/** Branches of a backbone of three stages: Sun et al. 2019, WRN-28-10, and Li & Chen 2020, ResNet-32. */
const shallowLayout = ({ blocks, planes, strides }: Stages): StageSpec[][] => {
  const stage = (i: number, n: number, factor = 1): StageSpec => ({
    blocks: n,
    planes: factor * planes[i]!,
    stride: strides[i]!,
  });
  return [[stage(1, blocks[1]!), stage(2, Math.ceil(blocks[2]! / 2))], [stage(2, blocks[2]!, 2)]];
};

/**
 * Two branches by the table of the methods' authors: one forks two stages before the end and is thinner than the main
 * path, one forks before the last stage and has twice its width. Each halves the map as often as the main path does.
 */
export const defaultBranches = (
  objective: string,
  { name, taps, planes, blocks }: Backbone,
): BranchSpec[] => {
  if (!planes || !blocks || planes.length !== taps.length || taps.length < 3) {
    const lack = 'does not tell the blocks and planes of at least three stages.';
    throw new UnderstoryError('no-layout', `${objective}: "${name}" ${lack} Set "branches" yourself.`);
  }
  const strides = taps.map((tap, i) => (i === 0 ? 1 : tap.stride / taps[i - 1]!.stride));
  const layout = (taps.length === 3 ? shallowLayout : deepLayout)({ blocks, planes, strides });
  return layout.map((stages) => ({
    after: taps.at(-1 - stages.length)!.name,
    stages: stages.map((s) => ({ ...s })),
  }));
};
