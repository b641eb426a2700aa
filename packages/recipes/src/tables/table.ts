import type { ExperimentInput } from '@understory/config';

/** A row that several tables show: it is trained once, in the table that it is of. */
export interface Home {
  /** Name of the table whose run it is. */
  readonly table: string;
  /** Its key there. */
  readonly key: string;
}

/** One row of a table: a way to train. */
export interface Row {
  readonly label: string;
  /** Part of the run's folder name; `<network>/<method>` where a table has several networks, or datasets. */
  readonly key: string;
  /** The network or dataset that it shares with rows of other methods, as the table prints it. */
  readonly group?: string;
  /** A row that builds on another's run is told its folder by the other's key. */
  readonly config: ExperimentInput | ((runOf: (key: string) => string) => ExperimentInput);
  /** Key of the row whose run must be there before. */
  readonly after?: string;
  /** Key of the row that it is measured against; the table's `reference` where absent. */
  readonly against?: string;
  /** Where its run and result lie, where that is another table. */
  readonly home?: Home;
  /** The one seed that it is trained with, where every seed of the rows that build on it takes the same run. */
  readonly seed?: number;
  /** Of other images than the table's, or of no classes yet: a pre-training, which is measured against no other row. */
  readonly apart?: true;
  /** The paper's number for this row, as the table prints it. */
  readonly paper?: string;
}

/** A number that a table shows, by the metric that gives it. */
export interface Measure {
  readonly metric: string;
  /** Head of its column. */
  readonly label: string;
}

/** What tables of classifiers show. */
export const OF_CLASSES: readonly [Measure, Measure] = [
  { metric: 'accuracy', label: 'top-1' },
  { metric: 'ece', label: 'ECE' },
];

/** Data that a table is made of. */
export interface Source {
  readonly option: '--data' | '--pretrain';
  readonly what: string;
  /** Where it is looked for; absent where nothing is said, and there is no usual place. */
  readonly path?: string;
  /** The command that fetches it. */
  readonly get?: string;
}

/** A comparison that `understory reproduce` makes: every row with every seed. */
export interface Table {
  readonly name: string;
  readonly title: string;
  /** What the paper's column holds. */
  readonly paperColumn?: string;
  /** The number by which rows are compared, and one that stands beside it; those of classifiers where absent. */
  readonly measures?: readonly [Measure, Measure];
  readonly rows: readonly Row[];
  /** Key of the row that the others are measured against. */
  readonly reference: string;
  /** Key of the row that is told against each of the others too, in sentences below the table. */
  readonly contender?: string;
  readonly seeds: number;
  /** The first of them; 0 where absent. */
  readonly firstSeed?: number;
  /**
   * Which images its numbers are of, `test` where absent: `validation` where official test images have no labels, and of a table for
   * choosing. Nothing of test images is kept then.
   */
  readonly told?: 'validation' | 'test';
  /** The data that it is made of; none where that comes with the software. */
  readonly sources?: readonly Source[];
  /** Which of its settings are ours, where neither paper nor released code settles them. */
  readonly choices?: readonly string[];
}

/** The seeds that a table is made with, `count` of them. */
export const seedsOf = ({ firstSeed = 0, seeds }: Table, count = seeds): number[] =>
  Array.from({ length: count }, (_, i) => firstSeed + i);

/** A table's row by key; the key is one of its own. */
export const rowOf = ({ rows }: Table, key: string): Row => rows.find((row) => row.key === key)!;

/** Key of the row that a row is measured against. */
export const referenceOf = ({ reference }: Pick<Table, 'reference'>, { against }: Row): string =>
  against ?? reference;

/** The seed that a row is trained with where the table is at this one. */
export const seedOfRow = (row: Row, seed: number): number => row.seed ?? seed;

/** The table in which a row's run and result lie, and its key there. */
export const homeOf = ({ name }: Pick<Table, 'name'>, { home, key }: Row): Home =>
  home ?? { table: name, key };

/** A key as files and folders are named by it. */
export const fileKey = (key: string): string => key.replaceAll('/', '-');

interface Named {
  readonly key: string;
  readonly label: string;
}

/** Rows of every network, or dataset, with every method; each is measured against the first method on the same one. */
export const crossed = <G extends Named, M extends Named>(
  groups: readonly G[],
  methods: readonly M[],
  make: (group: G, method: M) => Omit<Row, 'key' | 'label' | 'group' | 'against'>,
): Row[] =>
  groups.flatMap((group) =>
    methods.map((method): Row => ({
      key: `${group.key}/${method.key}`,
      group: group.label,
      label: method.label,
      against: `${group.key}/${methods[0]!.key}`,
      ...make(group, method),
    })),
  );
