import { namedClass, type NdArrays, type RecordedGraph } from '@understory/core';
import { Neighbours, outputOf } from '../graph/neighbours.ts';

/** Scores of classes, a row for each image and each output that has them. */
export type Scores = readonly Float32Array[];

/** Names of the outputs that tell classes of an image, [B, C]; none of a detector, or where each pixel has a class. */
export const scoreOutputs = (graph: RecordedGraph): readonly string[] => {
  const nodes = new Neighbours(graph);
  return Object.entries(graph.outputs).flatMap(([name, value]) => {
    const type = nodes.at(value).gives[outputOf(value)];
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

/** On which share of rows the likeliest class is the same. */
export const agreementOf = (made: Scores, wanted: Scores): number => {
  const same = wanted.filter((row, i) => namedClass(row) === namedClass(made[i] ?? new Float32Array()));
  return same.length / wanted.length;
};

/** Whether a row holds probabilities, and not logits that happen to be positive. */
const areShares = (row: Float32Array): boolean =>
  row.every((v) => v >= 0) && Math.abs(row.reduce((a, b) => a + b, 0) - 1) < 1e-2;

/** Numbers whose differences are those of logits. */
const logarithms = (row: Float32Array): Float32Array => row.map((v) => Math.log(Math.max(v, 1e-30)));

/** How far the likeliest class of a row lies above the one after it, and how much less that is in another row for the same image. */
interface Gap {
  readonly gap: number;
  readonly moved: number;
}

const gapOf = (made: Float32Array, wanted: Float32Array): Gap => {
  const first = namedClass(wanted);
  const second = namedClass(wanted.map((v, c) => (c === first ? -Infinity : v)));
  const [own, other] = areShares(wanted) ? [logarithms(wanted), logarithms(made)] : [wanted, made];
  const between = (row: Float32Array): number => (row[first] ?? 0) - (row[second] ?? 0);
  return { gap: between(own), moved: Math.abs(between(own) - between(other)) };
};

/**
 * On which share of images like these the likeliest class can be expected to stay: how often the gap of an image outlasts what the rounding
 * moved the gap of an image by, over all pairs, to either side alike. Where few images change, it says more of others than their number.
 */
export const expectedAgreement = (made: Scores, wanted: Scores): number => {
  const gaps = wanted.map((row, i) => gapOf(made[i] ?? new Float32Array(row.length), row));
  const moved = gaps.map((one) => one.moved).sort((a, b) => a - b);
  let [at, lost] = [0, 0];
  for (const gap of gaps.map((one) => one.gap).sort((a, b) => a - b)) {
    while (at < moved.length && (moved[at] ?? 0) <= gap) at++;
    lost += (moved.length - at) / 2;
  }
  return 1 - lost / (gaps.length * moved.length);
};

/** The sum of squared differences of what logits differ by. */
export const errorOf = (made: Scores, wanted: Scores): number =>
  wanted.reduce((sum, row, i) => sum + gapOf(made[i] ?? new Float32Array(row.length), row).moved ** 2, 0);
