import type { Backbone, StageSpec } from '@understory/core';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { NamedMap } from './family.ts';

/** A row of an architecture's table: [blocks, planes, stride of the first block]. */
export type StageRow = readonly [blocks: number, planes: number, stride: number];

export interface BlockSpec {
  readonly planes: number;
  readonly stride: number;
  /** Probability that the block's residual branch is skipped for a sample. */
  readonly drop?: number;
}

/** One block of a stage; `name` is the scope of its layers. */
export type Block = (x: SymbolicTensor, name: string, spec: BlockSpec) => SymbolicTensor;

/** Rows with their planes and blocks multiplied, at least one of each. */
export const scaled = (
  rows: readonly StageRow[],
  { width, depth }: { width: number; depth: number },
): StageSpec[] =>
  rows.map(([blocks, planes, stride]) => ({
    blocks: Math.ceil(blocks * depth),
    planes: Math.max(1, Math.round(planes * width)),
    stride,
  }));

export interface ChainOptions {
  /** In front of the stages' names. */
  readonly scope?: string;
  /** Probability of skipping the last block's branch; it grows linearly from 0 at the first block. */
  readonly drop?: number;
}

/** Stage after stage: `stage1`, `stage2`, … with the map that each ends in. The first block of a stage carries its stride. */
export const chain = (
  x: SymbolicTensor,
  stages: readonly StageSpec[],
  block: Block,
  { scope = '', drop = 0 }: ChainOptions = {},
): NamedMap[] => {
  const total = stages.reduce((sum, { blocks }) => sum + blocks, 0);
  let map = x;
  let done = 0;
  return stages.map(({ blocks, planes, stride }, i) => {
    const name = `stage${i + 1}`;
    for (let b = 0; b < blocks; b++, done++) {
      const rate = total > 1 ? (drop * done) / (total - 1) : 0;
      map = block(map, `${scope}${name}/block${b}`, { planes, stride: b === 0 ? stride : 1, drop: rate });
    }
    return [name, map];
  });
};

/** How branches continue with more stages of a family's own block. */
export const extension =
  (block: Block): NonNullable<Backbone['extend']> =>
  (from, stages, name) =>
    chain(from, stages, block, { scope: `${name}/` }).at(-1)![1];
