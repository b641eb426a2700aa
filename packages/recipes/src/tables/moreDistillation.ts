import type { ExperimentInput } from '@understory/config';
import type { Method } from './distillationMethods.ts';
import { POCKET_EPOCHS } from './protocol.ts';
import type { Row } from './table.ts';

/** The teacher as it is, to which branches over classes and turns are trained afterwards: HSAKD's. */
const BRANCHES = 'teacher-branches';

/** In which the weights of DKD and ReviewKD grow: 20 of their authors' 240. */
const rampEpochs = POCKET_EPOCHS / 12;

/** What the authors of logit standardisation take, beside ten times the weight of KD and nine times those of DKD. */
const standardized = { standardize: 'sample', temperature: 2 } as const;
const HEAVIER = { kd: 9, target: 9, others: 72 };

/** Methods that the paper does not compare, with their authors' weights for CIFAR. */
export const MORE_METHODS: readonly Method[] = [
  {
    label: 'DKD',
    key: 'dkd',
    objective: (teacher) => ['decoupled-distillation', { teacher, rampEpochs }],
    weights: (x) => ({ targetWeight: x(1), othersWeight: x(8) }),
  },
  {
    label: 'DIST',
    key: 'dist',
    objective: (teacher) => ['class-relation-distillation', { teacher }],
    weights: (x) => ({ interWeight: x(2), intraWeight: x(2) }),
  },
  {
    label: 'KD, standardised',
    key: 'kd-z',
    task: 0.1,
    objective: (teacher) => ['knowledge-distillation', { teacher, ...standardized, weight: HEAVIER.kd }],
    weights: (x) => ({ weight: x(HEAVIER.kd) }),
  },
  {
    label: 'DKD, standardised',
    key: 'dkd-z',
    objective: (teacher) => [
      'decoupled-distillation',
      { teacher, ...standardized, targetWeight: HEAVIER.target, othersWeight: HEAVIER.others, rampEpochs },
    ],
    weights: (x) => ({ targetWeight: x(HEAVIER.target), othersWeight: x(HEAVIER.others) }),
  },
  {
    label: 'NKD',
    key: 'nkd',
    objective: (teacher) => ['normalized-distillation', { teacher }],
    weights: (x) => ({ targetWeight: x(1), othersWeight: x(3.5) }),
  },
  {
    label: 'USKD',
    key: 'uskd',
    alone: true,
    objective: () => 'universal-self-distillation',
    weights: (x) => ({ targetWeight: x(0.1), othersWeight: x(0.1), weakWeight: x(0.1) }),
  },
  {
    label: 'PKT',
    key: 'pkt',
    objective: (teacher) => ['probabilistic-transfer', { teacher }],
    weights: (x) => ({ weight: x(30000) }),
  },
  {
    label: 'NST',
    key: 'nst',
    objective: (teacher) => ['neuron-selectivity', { teacher }],
    weights: (x) => ({ weight: x(50) }),
  },
  {
    label: 'FitNet',
    key: 'fitnet',
    objective: (teacher) => ['hint-transfer', { teacher }],
    weights: (x) => ({ weight: x(100) }),
  },
  {
    label: 'ReviewKD',
    key: 'reviewkd',
    objective: (teacher) => ['knowledge-review', { teacher, rampEpochs }],
    weights: (x) => ({ weight: x(5) }),
  },
  {
    label: 'HSAKD',
    key: 'hsakd',
    teacher: BRANCHES,
    objective: (teacher) => ['hierarchical-distillation', { teacher }],
    weights: (x) => ({ jointWeight: x(1), klWeight: x(1) }),
    views: 'own',
  },
  {
    label: 'layered self-supervision',
    key: 'lsskd',
    alone: true,
    objective: () => 'layered-self-supervision',
    weights: (x) => ({ weight: x(1), mimicWeight: x(1) }),
    views: 'own',
  },
];

/** The row that trains HSAKD's branches on the teacher of another row, which stays as it is. */
export const branchesOn = (teacher: string, shared: ExperimentInput): Row => ({
  label: 'its branches, for HSAKD',
  key: BRANCHES,
  config: (runOf) => ({
    ...shared,
    weights: { run: runOf(teacher) },
    freeze: { upTo: 'all' },
    objectives: ['cross-entropy', ['layered-self-supervision', { mimicWeight: 0 }]],
  }),
  paper: '–',
  after: teacher,
});
