import { TF } from '../graph/native.ts';
import type { GraphNode, Value } from '../graph/value.ts';
import type { NodeWork, TensorSize } from './profile.ts';

const NAMES = new Map<number, string>(Object.entries(TF).map(([name, number]) => [number, name]));

const sizeOf = ({ dtype, shape }: Value): TensorSize => ({
  dtype: NAMES.get(dtype) ?? `type ${dtype}`,
  shape: shape ?? [-1],
});

/** What each node works on, by its name: sizes and numbers alone, which hold nothing of the graph. */
export const nodeWork = (nodes: readonly GraphNode[]): ReadonlyMap<string, NodeWork> =>
  new Map(
    nodes.map(({ name, inputs, outputs, attributes }) => [
      name,
      {
        inputs: inputs.map(sizeOf),
        outputs: outputs.map(sizeOf),
        numbers: Object.fromEntries(
          attributes.flatMap(({ name: key, value }) => (typeof value === 'number' ? [[key, value]] : [])),
        ),
      },
    ]),
  );
