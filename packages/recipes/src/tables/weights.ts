import type { ExperimentInput } from '@understory/config';
import { SUPERVISION, type Method } from './methods.ts';
import type { Row, Table } from './table.ts';

/** What each method's own weight is chosen from, the same for all. */
export const WEIGHTS = [0.1, 0.3, 0.6, 1] as const;

/** Seeds of trials, which no table of results has. */
export const TRIAL_SEED = 100;

/** A method's chosen weight by its key; the baseline has none. */
export type ChosenWeights = Readonly<Record<string, number>>;

/** How one method's config is made at a weight. */
export type ConfigAt = (method: Method, weight?: number) => ExperimentInput;

/** How a protocol is called, and what it compares. */
export interface Protocol {
  readonly name: string;
  readonly title: string;
  /** Keys of its methods. */
  readonly methods: readonly string[];
}

const methodsOf = ({ methods }: Protocol): Method[] => SUPERVISION.filter(({ key }) => methods.includes(key));

export const trialKey = (method: string, weight: number): string => `${method}-${weight}`;

/** Every method at every weight on seeds of its own, told by validation images alone: what weights are chosen from. */
export const trialsOf = (protocol: Protocol, configAt: ConfigAt, seeds: number): Table => {
  const rows = methodsOf(protocol).flatMap((method): Row[] =>
    method.objective === undefined
      ? [{ label: method.label, key: method.key, config: configAt(method) }]
      : WEIGHTS.map((weight) => ({
          label: `${method.label}, weight ${weight}`,
          key: trialKey(method.key, weight),
          config: configAt(method, weight),
        })),
  );
  return {
    name: `${protocol.name}-weights`,
    title: `${protocol.title}: which weight`,
    rows,
    reference: 'baseline',
    ...{ seeds, firstSeed: TRIAL_SEED, told: 'validation' },
  };
};

/** Every method at its chosen weight, on fresh seeds. */
export const tunedTable = (
  protocol: Protocol,
  configAt: ConfigAt,
  { weights, seeds, firstSeed }: { weights: ChosenWeights; seeds: number; firstSeed: number },
): Table => ({
  name: `${protocol.name}-tuned`,
  title: `${protocol.title}, each at its chosen weight`,
  rows: methodsOf(protocol).map((method): Row => {
    const weight = weights[method.key];
    const label = weight === undefined ? method.label : `${method.label}, weight ${weight}`;
    return { label, key: method.key, config: configAt(method, weight) };
  }),
  reference: 'baseline',
  contender: 'cds',
  seeds,
  firstSeed,
});
