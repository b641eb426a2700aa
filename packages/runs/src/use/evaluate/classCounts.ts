import { LABEL, LOGITS, namedClass, type Metric, type Predictions } from '@understory/core';
import { classificationNumbers, type ClassificationNumbers } from '@understory/metrics';

/** How a network names the images of each class. */
export interface ClassResult extends ClassificationNumbers {
  readonly names: readonly string[];
  /** Counts [C][C]: row the true class, column the named one. */
  readonly confusion: readonly (readonly number[])[];
  /** Images of which no class was named, since their numbers are not finite: in no count here. */
  readonly unnamed: number;
}

/** A metric that measures nothing, and takes down what is said: so one pass over the images serves everything. */
export interface Taken<T> {
  readonly metric: Metric;
  readonly result: () => T;
}

const taking = (name: string, add: (logits: Float32Array, label: number) => void): Metric => ({
  name,
  goal: 'max',
  begin: () => ({
    add({ outputs, targets, count }) {
      const [logits, labels] = [outputs[LOGITS]!.data as Float32Array, targets[LABEL]!.data];
      const classes = logits.length / count;
      for (let i = 0; i < count; i++) add(logits.subarray(i * classes, (i + 1) * classes), labels[i]!);
    },
    end: () => ({}),
  }),
});

/** Counts by true and by named class. */
export const takeClasses = (names: readonly string[]): Taken<ClassResult> => {
  const counts = new Int32Array(names.length ** 2);
  let unnamed = 0;
  const metric = taking('classes', (logits, label) => {
    const named = namedClass(logits);
    if (named < 0) unnamed += 1;
    else counts[label * names.length + named]! += 1;
  });
  return {
    metric,
    result: () => ({
      ...classificationNumbers(counts, names.length),
      names,
      confusion: names.map((_, c) => [...counts.subarray(c * names.length, (c + 1) * names.length)]),
      unnamed,
    }),
  };
};

/** All logits and labels. */
export const takePredictions = (classes: number, samples: number): Taken<Predictions> => {
  const [logits, labels] = [new Float32Array(samples * classes), new Int32Array(samples)];
  let seen = 0;
  const metric = taking('predictions', (row, label) => {
    logits.set(row, seen * classes);
    labels[seen++] = label;
  });
  return { metric, result: () => ({ classes, logits, labels }) };
};
