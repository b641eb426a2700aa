import type { ExperimentInput } from '@understory/config';
import type { Spec } from '@understory/core';
import { cifarAt, officialSource, TRIAL_IMAGES, type TableRequest } from './data.ts';
import { METHODS, objectivesOf, type Method } from './distillationMethods.ts';
import { branchesOn, MORE_METHODS } from './moreDistillation.ts';
import { budget, viewsAt } from './protocol.ts';
import type { Row, Table } from './table.ts';
import { FACTORS, TRIAL_SEED, trialsOf, type Protocol } from './weights.ts';

/** Key of the network that teaches, or what it begins with. */
export const TEACHER = 'teacher';

/**
 * One teacher for all methods and seeds: twice as wide, and with the heads that CDS's own distillation needs. The
 * pocket has methods that the paper does not compare, too.
 */
const protocolOn = (dataset: Spec, seed: number): Protocol<Method> => {
  const { width, ...rest } = budget('pocket');
  const shared = { ...rest, dataset } satisfies ExperimentInput;
  const student = { ...shared, backbone: ['resnet18', { width }] } satisfies ExperimentInput;
  const wider: Spec = ['resnet18', { width: 2 * width }];
  const teacher: Row = {
    label: 'the teacher',
    key: TEACHER,
    config: {
      ...shared,
      views: viewsAt('pocket', 2),
      backbone: wider,
      objectives: ['cross-entropy', 'contrastive-deep-supervision'],
    },
    paper: '–',
  };
  const before = [teacher, branchesOn(TEACHER, { ...shared, backbone: wider })];
  return {
    name: 'distillation',
    title: `CIFAR-10, resnet18 at width ${width} from a wider teacher, ${rest.epochs} epochs: distillation`,
    methods: [...METHODS, ...MORE_METHODS],
    ...{ trials: FACTORS, reference: 'none' },
    before: before.map((row) => ({ ...row, seed })),
    at: (method, factor) => {
      const { alone, teacher: taughtBy = TEACHER, views = 1 } = method;
      return {
        config: (runOf) => ({
          ...student,
          ...(views !== 'own' && { views: viewsAt('pocket', views) }),
          objectives: objectivesOf(method, runOf(taughtBy), { scale: 'pocket', factor }),
        }),
        ...(alone ? {} : { after: taughtBy }),
      };
    },
  };
};

/** Distillation into ResNet-18 on CIFAR-10, at the released weights. */
export const pocketDistillation = (request: TableRequest): Table => {
  const { name, title, methods, before = [], reference, at } = protocolOn(cifarAt('cifar10', request), 0);
  const rows = methods.map((method): Row => {
    const { label, key, paper = '–' } = method;
    return { label, key, paper, ...at(method) };
  });
  return {
    ...{ name, title, reference },
    paperColumn: 'paper, ImageNet, full size, %',
    rows: [...before, ...rows],
    seeds: 3,
    sources: [officialSource('cifar10', request)],
    choices: ['All of it: the paper has no such scale.'],
  };
};

/**
 * How heavy each method's own terms are to be, by 2,000 validation images. The teacher has the seed of the trials: with another one
 * it would have been trained on images that they are told by. Only the pocket chooses, whatever the scale that is asked for.
 */
export const distillationTrials = (request: TableRequest): Table => {
  const dataset = cifarAt('cifar10', { ...request, scale: 'pocket' }, TRIAL_IMAGES);
  return {
    ...trialsOf(protocolOn(dataset, TRIAL_SEED), 1),
    sources: [officialSource('cifar10', request)],
    choices: [
      'All of it, and the same at scale paper. Every term that a method adds is weighed by one factor, the same four for each method; the ' +
        "task's cross-entropy stays as released (0.1 beside KD and SSKD).",
    ],
  };
};
