import type { StageSpec } from '@understory/core';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';

/** A row of an architecture's table: [blocks, planes, stride of the first block]. */
export type StageRow = readonly [blocks: number, planes: number, stride: number];

export type BlockSpec = Omit<StageSpec, 'blocks'>;

/** One block of a stage; `name` is the scope of its layers. */
export type Block = (x: SymbolicTensor, name: string, spec: BlockSpec) => SymbolicTensor;

/** Rows with their planes scaled by a width multiplier, at least one plane each. */
export const scaled = (rows: readonly StageRow[], width: number): StageSpec[] =>
  rows.map(([blocks, planes, stride]) => ({
    blocks,
    planes: Math.max(1, Math.round(planes * width)),
    stride,
  }));

/** Blocks in a row; the first one carries the stride. */
export const stage = (
  x: SymbolicTensor,
  name: string,
  block: Block,
  { blocks, planes, stride }: StageSpec,
) => {
  let map = x;
  for (let i = 0; i < blocks; i++)
    map = block(map, `${name}/block${i}`, { planes, stride: i === 0 ? stride : 1 });
  return map;
};

/** Stage after stage: `stage1`, `stage2`, … with the map that each ends in. */
export const chain = (
  x: SymbolicTensor,
  specs: readonly StageSpec[],
  block: Block,
  scope = '',
): (readonly [name: string, map: SymbolicTensor])[] => {
  let map = x;
  return specs.map((spec, i) => {
    const name = `stage${i + 1}`;
    map = stage(map, scope + name, block, spec);
    return [name, map] as const;
  });
};
