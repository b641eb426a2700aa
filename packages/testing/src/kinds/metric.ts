import {
  float32,
  int32,
  uint8,
  type Metric,
  type MetricBatch,
  type NdArray,
  type Named,
  type NdArrays,
  type TargetKind,
  seedOf,
} from '@understory/core';
import { check, isClose, requireThat, type ChecksOfKind } from '../check.ts';

const CLASSES = ['a', 'b', 'c', 'd', 'e'];
const COUNT = 12;
const PIXELS = [4, 4] as const;

const draws = (count: number, place: string): number[] => {
  const rng = seedOf(9).at(place).rng();
  return Array.from({ length: count }, () => rng.uniform());
};

/** Rows that sum to one, as softmax gives them. */
const probabilities = (place: string): number[] =>
  Array.from({ length: COUNT }, (_, i) => {
    const row = draws(CLASSES.length, `${place}/${i}`);
    const sum = row.reduce((a, b) => a + b);
    return row.map((p) => p / sum);
  }).flat();

const outputOf = (name: string): NdArray => {
  const shares = probabilities(name);
  return float32(name === 'logits' ? shares.map(Math.log) : shares, [COUNT, CLASSES.length]);
};

const classAt = (place: string, count: number): number[] =>
  draws(count, place).map((u) => Math.floor(u * CLASSES.length));

const TARGETS: Readonly<Record<TargetKind, (name: string) => NdArray>> = {
  class: (name) => int32(classAt(name, COUNT), [COUNT]),
  labels: (name) =>
    uint8(
      Uint8Array.from(draws(COUNT * CLASSES.length, name), (u) => (u < 0.4 ? 1 : 0)),
      [COUNT, CLASSES.length],
    ),
  map: (name) => int32(classAt(name, COUNT * 16), [COUNT, ...PIXELS]),
  boxes: () =>
    float32(
      new Array<number>(COUNT * 2).fill(0).flatMap((_, i) => [1, 1, 3, 2 + (i % 2)]),
      [COUNT, 2, 4],
    ),
  values: (name) => float32(draws(COUNT, name), [COUNT]),
};

const part = (arrays: NdArrays, from: number, to: number): NdArrays =>
  Object.fromEntries(
    Object.entries(arrays).map(([name, { data, shape, dtype }]) => {
      const row = data.length / COUNT;
      return [name, { dtype, shape: [to - from, ...shape.slice(1)], data: data.slice(from * row, to * row) }];
    }),
  );

const whole = ({ reads = ['logits'], targets = { label: 'class' } }: Metric): MetricBatch => ({
  outputs: Object.fromEntries(['logits', 'probabilities', ...reads].map((name) => [name, outputOf(name)])),
  targets: Object.fromEntries(Object.entries(targets).map(([name, kind]) => [name, TARGETS[kind](name)])),
  count: COUNT,
});

/** The numbers of all images, in batches that begin at these. */
const measure = async (metric: Metric, beginnings: readonly number[]): Promise<Named<number>> => {
  const { outputs, targets } = whole(metric);
  const pass = metric.begin({ classes: CLASSES, size: PIXELS });
  for (const [i, from] of beginnings.entries()) {
    const to = beginnings[i + 1] ?? COUNT;
    pass.add({ outputs: part(outputs, from, to), targets: part(targets, from, to), count: to - from });
  }
  return pass.end();
};

/** `METRIC`: numbers from predictions, tried on outputs of five classes. */
export const metricChecks: ChecksOfKind<Metric> = (make) => [
  check('gives numbers by name', async () => {
    const numbers = Object.entries(await measure(make(), [0]));
    requireThat(numbers.length > 0, 'it gives no number');
    const odd = numbers.find(([, value]) => typeof value !== 'number' || Math.abs(value) === Infinity);
    requireThat(odd === undefined, `${odd?.[0]} is ${odd?.[1]}; where there is nothing to measure it is NaN`);
  }),
  check('gives the same numbers whatever the batches', async () => {
    const [one, three] = [await measure(make(), [0]), await measure(make(), [0, 5, 6])];
    for (const [name, value] of Object.entries(one))
      requireThat(
        Object.is(value, three[name]) || isClose([three[name] ?? NaN], [value]),
        `${name} is ${value} of one batch, and ${three[name]} of three of the same images`,
      );
  }),
  check('begins anew with each pass', async () => {
    const [first, second] = [await measure(make(), [0]), await measure(make(), [0])];
    requireThat(
      JSON.stringify(first) === JSON.stringify(second),
      'a second pass over the same images gives other numbers',
    );
  }),
];
