import type { Row, Table } from './table.ts';

/** What the own terms of each method of a protocol are weighed by, the same for all. */
export interface Trials {
  readonly values: readonly number[];
  /** What stands before a value in a row's label. */
  readonly called: string;
}

/** Weights of terms whose released weights are alike. */
export const WEIGHTS: Trials = { values: [0.1, 0.3, 0.6, 1], called: 'weight' };

/** Factors of released weights, where these differ by orders of magnitude: as many as there are weights to try. */
export const FACTORS: Trials = { values: [0.1, 0.3, 1, 3], called: 'weights ×' };

/** Seeds of trials, which no table of results has. */
export const TRIAL_SEED = 100;

/** A method's chosen value by its key; one without terms of its own has none. */
export type ChosenWeights = Readonly<Record<string, number>>;

/** A method that a protocol compares. */
interface Weighed {
  readonly label: string;
  readonly key: string;
  /** What it adds to the task's cross-entropy; absent where it has no terms of its own. */
  readonly objective?: unknown;
}

/** How a protocol is called, what it compares, and how. */
export interface Protocol<M extends Weighed> {
  readonly name: string;
  readonly title: string;
  readonly methods: readonly M[];
  readonly trials: Trials;
  /** Key of the method that the others are measured against. */
  readonly reference: string;
  /** How one method is trained with its own terms at a value; at the released weights where there is none. */
  readonly at: (method: M, value?: number) => Pick<Row, 'config' | 'after'>;
  /** Rows that others build on. */
  readonly before?: readonly Row[];
}

const rowOf = <M extends Weighed>(
  { trials, at }: Protocol<M>,
  method: M,
  key: string,
  value?: number,
): Row => ({
  label: value === undefined ? method.label : `${method.label}, ${trials.called} ${value}`,
  key,
  ...at(method, value),
});

/** Every method at every value on seeds of its own, told by validation images alone: what weights are chosen from. */
export const trialsOf = <M extends Weighed>(protocol: Protocol<M>, seeds: number): Table => {
  const { name, title, methods, trials, reference, before = [] } = protocol;
  const rows = methods.flatMap((method): Row[] =>
    method.objective === undefined
      ? [rowOf(protocol, method, method.key)]
      : trials.values.map((value) => rowOf(protocol, method, `${method.key}-${value}`, value)),
  );
  return {
    name: `${name}-weights`,
    title: `${title}: which weight`,
    rows: [...before, ...rows],
    reference,
    ...{ seeds, firstSeed: TRIAL_SEED, told: 'validation' },
  };
};

/** Every method at its chosen value, on fresh seeds. */
export const tunedTable = <M extends Weighed>(
  protocol: Protocol<M>,
  { weights, ...own }: { weights: ChosenWeights } & Pick<Table, 'contender' | 'seeds' | 'firstSeed'>,
): Table => {
  const { name, title, methods, reference, before = [] } = protocol;
  const rows = methods.map((method) => rowOf(protocol, method, method.key, weights[method.key]));
  return {
    name: `${name}-tuned`,
    title: `${title}, each at its chosen weight`,
    rows: [...before, ...rows],
    reference,
    ...own,
  };
};
