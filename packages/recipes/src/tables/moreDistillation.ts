import type { ExperimentInput } from '@understory/config';
import type { Method } from './distillationMethods.ts';
import { POCKET_EPOCHS } from './protocol.ts';
import type { Row } from './table.ts';

/** The teacher as it is, to which branches over classes and turns are trained afterwards: HSAKD's. */
const BRANCHES = 'teacher-branches';

/** In which the weights of DKD and ReviewKD grow: 20 of their authors' 240. */
const rampEpochs = POCKET_EPOCHS / 12;

/** What the authors of logit standardisation take beside ten times the weight. */
const standardized = { standardize: 'sample', temperature: 2 } as const;

/** Methods that the paper does not compare, with their authors' weights for CIFAR. */
export const MORE_METHODS: readonly Method[] = [
  {
    label: 'DKD',
    key: 'dkd',
    objective: (teacher) => ['decoupled-distillation', { teacher, rampEpochs }],
  },
  { label: 'DIST', key: 'dist', objective: (teacher) => ['class-relation-distillation', { teacher }] },
  {
    label: 'KD, standardised',
    key: 'kd-z',
    task: 0.1,
    objective: (teacher) => ['knowledge-distillation', { teacher, ...standardized, weight: 9 }],
  },
  {
    label: 'DKD, standardised',
    key: 'dkd-z',
    objective: (teacher) => [
      'decoupled-distillation',
      { teacher, ...standardized, targetWeight: 9, othersWeight: 72, rampEpochs },
    ],
  },
  { label: 'NKD', key: 'nkd', objective: (teacher) => ['normalized-distillation', { teacher }] },
  { label: 'USKD', key: 'uskd', alone: true, objective: () => 'universal-self-distillation' },
  { label: 'PKT', key: 'pkt', objective: (teacher) => ['probabilistic-transfer', { teacher }] },
  { label: 'NST', key: 'nst', objective: (teacher) => ['neuron-selectivity', { teacher }] },
  { label: 'FitNet', key: 'fitnet', objective: (teacher) => ['hint-transfer', { teacher }] },
  {
    label: 'ReviewKD',
    key: 'reviewkd',
    objective: (teacher) => ['knowledge-review', { teacher, rampEpochs }],
  },
  {
    label: 'HSAKD',
    key: 'hsakd',
    teacher: BRANCHES,
    objective: (teacher) => ['hierarchical-distillation', { teacher }],
    views: 'own',
  },
  {
    label: 'layered self-supervision',
    key: 'lsskd',
    alone: true,
    objective: () => 'layered-self-supervision',
    views: 'own',
  },
];

/** The row that trains HSAKD's branches on the teacher of another row, which stays as it is. */
export const branchesOn = (teacher: string, shared: ExperimentInput): Row => ({
  label: 'its branches, for HSAKD',
  key: BRANCHES,
  seed: 0,
  config: (runOf) => ({
    ...shared,
    weights: { run: runOf(teacher) },
    freeze: { upTo: 'all' },
    objectives: ['cross-entropy', ['layered-self-supervision', { mimicWeight: 0 }]],
  }),
  paper: '–',
  after: teacher,
});
