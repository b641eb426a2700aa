import type { Spec } from '@understory/core';
import { POCKET_EPOCHS, type Scale } from './protocol.ts';

/** Epochs and numbers of images that the authors set for a whole run, in proportion to a shorter one. */
interface Amounts {
  readonly negatives: number;
  readonly rampEpochs: number;
  readonly headEpochs: number;
  /** Options of CDS as a distiller, beside its teacher. */
  readonly cds: Readonly<Record<string, unknown>>;
}

/** On ImageNet: 80 of the 300 epochs in which ONE's branches begin to agree, 60 of the 240 in which SSKD trains its head. */
const amounts = (scale: Scale): Amounts =>
  scale === 'paper'
    ? { negatives: 16384, rampEpochs: 24, headEpochs: 22.5, cds: CDS_ON_IMAGENET }
    : { negatives: 1600, rampEpochs: POCKET_EPOCHS / 4, headEpochs: POCKET_EPOCHS / 4, cds: {} };

/** The released script for ImageNet distillation: heavier terms than in its other scripts, and probabilities as they are. */
const CDS_ON_IMAGENET = {
  featureWeight: 0.5,
  logitWeight: 1,
  temperature: 1,
  adapters: 'always',
  supervision: ['contrastive-deep-supervision', { weight: 0.5 }],
};

/** A way to learn from a teacher, or from oneself. */
export interface Method {
  readonly label: string;
  readonly key: string;
  /** Zhang et al. 2022, table 7: ImageNet, ResNet-18, top-1 in %; absent of methods that it does not have. */
  readonly paper?: string;
  /** Weight of the task's cross-entropy beside it, as its authors have it. */
  readonly task?: number;
  readonly objective?: (teacher: { readonly run: string }, amounts: Amounts) => Spec;
  /** The options that weigh what it adds: `x` of each weight as the pocket has it. */
  readonly weights?: (x: (released: number) => number) => Readonly<Record<string, unknown>>;
  /** Whether it needs no teacher. */
  readonly alone?: boolean;
  /** Key of the row that is its teacher, where it is another one. */
  readonly teacher?: string;
  /** How many views of an image it looks at, or that it has views of its own; 1 where nothing is said. */
  readonly views?: 1 | 2 | 'own';
}

const by =
  (name: string): NonNullable<Method['objective']> =>
  (teacher) => [name, { teacher }];

/** The methods that the paper's table 7 compares. */
export const METHODS: readonly Method[] = [
  { label: 'no distillation', key: 'none', paper: '69.21', alone: true },
  {
    label: 'KD',
    key: 'kd',
    paper: '70.52',
    task: 0.1,
    objective: by('knowledge-distillation'),
    weights: (x) => ({ weight: x(0.9) }),
  },
  {
    label: 'AT',
    key: 'at',
    paper: '70.74',
    objective: by('attention-transfer'),
    weights: (x) => ({ weight: x(1000) }),
  },
  {
    label: 'RKD',
    key: 'rkd',
    paper: '70.63',
    objective: by('relational-distillation'),
    weights: (x) => ({ weight: x(1) }),
  },
  {
    label: 'SP',
    key: 'sp',
    paper: '70.61',
    objective: by('similarity-preserving'),
    weights: (x) => ({ weight: x(3000) }),
  },
  {
    label: 'CRD',
    key: 'crd',
    paper: '71.07',
    objective: (teacher, { negatives }) => ['contrastive-representation', { teacher, negatives }],
    weights: (x) => ({ weight: x(0.8) }),
  },
  {
    label: 'CC',
    key: 'cc',
    paper: '69.96',
    objective: by('correlation-congruence'),
    weights: (x) => ({ weight: x(0.02) }),
  },
  {
    label: 'OKD',
    key: 'okd',
    paper: '70.55',
    alone: true,
    objective: (_teacher, { rampEpochs }) => ['native-ensemble', { rampEpochs }],
    weights: (x) => ({ weight: x(1), mimicWeight: x(1) }),
  },
  {
    label: 'SSKD',
    key: 'sskd',
    paper: '71.62',
    task: 0.1,
    objective: (teacher, { headEpochs }) => ['self-supervised-distillation', { teacher, headEpochs }],
    weights: (x) => ({ klWeight: x(0.9), transferWeight: x(2.7), pretextWeight: x(10) }),
    views: 'own',
  },
  {
    label: 'CDS',
    key: 'cds-kd',
    paper: '73.23',
    objective: (teacher, { cds }) => ['cds-distillation', { teacher, ...cds }],
    weights: (x) => ({
      featureWeight: x(0.1),
      logitWeight: x(1),
      supervision: ['contrastive-deep-supervision', { weight: x(0.1) }],
    }),
    views: 2,
  },
];

/** What a method adds, all of it so many times as heavy as the pocket has it. */
const heavier = (spec: Spec, { weights }: Method, factor: number): Spec => {
  const [name, options] = typeof spec === 'string' ? [spec, {}] : spec;
  const x = (released: number): number => Number((released * factor).toPrecision(12)); // 0.81 for 2.7 × 0.3
  return [name, { ...options, ...weights?.(x) }];
};

/** A method's objectives, its teacher in this run's folder; with a factor the pocket's, so many times as heavy. */
export const objectivesOf = (
  method: Method,
  run: string,
  { scale, factor }: { readonly scale: Scale; readonly factor?: number | undefined },
): Spec[] => {
  const { task = 1, objective } = method;
  const own = objective?.({ run }, amounts(scale));
  return [
    ['cross-entropy', { weight: task }],
    ...(own === undefined ? [] : [factor === undefined ? own : heavier(own, method, factor)]),
  ];
};
