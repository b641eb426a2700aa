import type { NdArrays, RecordedGraph } from '@understory/core';
import { Neighbours } from '../graph/neighbours.ts';

/** Scores of classes, a row for each image and each output that has them. */
export type Scores = readonly Float32Array[];

/** Names of the outputs that tell classes of an image, [B, C]; none of a detector, or where each pixel has a class. */
export const scoreOutputs = (graph: RecordedGraph): readonly string[] => {
  const nodes = new Neighbours(graph);
  return Object.entries(graph.outputs).flatMap(([name, value]) => {
    const type = nodes.at(value).gives[Number(value.split(':')[1] ?? 0)];
    const [, classes = 0] = type?.shape ?? [];
    return type?.shape.length === 2 && type.dtype === 'float32' && classes > 1 ? [name] : [];
  });
};

/** The rows of what a batch gave. */
export const rowsOf = (made: NdArrays, outputs: readonly string[]): Scores =>
  outputs.flatMap((name) => {
    const { data = [], shape: [images = 0, classes = 0] = [] } = made[name] ?? {};
    return Array.from({ length: images }, (_, i) =>
      Float32Array.from(data.slice(i * classes, (i + 1) * classes)),
    );
  });

const likeliest = (row: Float32Array): number => row.indexOf(Math.max(...row));

/** On which share of rows the likeliest class is the same. */
export const agreementOf = (made: Scores, wanted: Scores): number => {
  const same = wanted.filter((row, i) => likeliest(row) === likeliest(made[i] ?? new Float32Array()));
  return same.length / wanted.length;
};

/** The sum of squared differences. */
export const errorOf = (made: Scores, wanted: Scores): number =>
  wanted.reduce(
    (sum, row, i) => sum + row.reduce((all, v, c) => all + (v - (made[i]?.[c] ?? 0)) ** 2, 0),
    0,
  );
