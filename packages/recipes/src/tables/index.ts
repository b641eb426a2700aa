import { calibrationTable } from './calibration.ts';
import type { TableRequest } from './data.ts';
import { detectionTable } from './detection.ts';
import { distillationTable } from './distillation.ts';
import { fineGrainedTable } from './fineGrained.ts';
import { distillationTrials } from './pocketDistillation.ts';
import { imagenetTable } from './imagenet.ts';
import { pretrainingTable } from './pretraining.ts';
import { semiTable } from './semi.ts';
import {
  cifarTable,
  selfSupervisionTable,
  supervisionTable,
  tunedSupervision,
  weightTrials,
} from './supervision.ts';
import { emojiTable, emojiTrials } from '../emoji.ts';
import type { Table } from './table.ts';

const cifar100 = cifarTable('cifar100', { paperColumn: 'paper, full size, %' });

/** Chosen on validation images alone (`RESULTS.md`). */
export const RESNET18_WEIGHTS = { dsn: 1, dks: 0.3, dhm: 0.3, cds: 1 };
export const VGG11_WEIGHTS = { dsn: 0.1, dks: 0.1, dhm: 0.1, cds: 0.3 };

/** Three dense layers with dropout learn too slowly for a pocket budget, and hide what the methods do to the stages. */
const VGG11 = { options: { classifier: 'compact' } };

/** In twenty epochs it learns so little that the methods do not differ. */
const MOBILENETV2 = { pocketEpochs: 40 };

/** AdamW as Touvron et al. 2021 train it, at a rate for batches of some dozens. */
const VIT = {
  learns: {
    optimizer: ['adamw', { weightDecay: 0.05, decay: 'kernels' }],
    schedule: ['cosine', { rate: 5e-4, warmupEpochs: 2 }],
  },
  pocketEpochs: 40,
} satisfies Parameters<typeof selfSupervisionTable>[1];

/** Every table that `understory reproduce` makes, by name. */
export const tables: Readonly<Record<string, (request: TableRequest) => Table>> = {
  cifar100,
  cifar10: cifarTable('cifar10', {
    paperColumn: 'paper',
    homeOf: ({ key }, method) =>
      key === 'resnet18' ? { table: 'supervision-resnet18', key: method.key } : undefined,
  }),
  'supervision-resnet18': supervisionTable('resnet18'),
  'supervision-vgg11-bn': supervisionTable('vgg11-bn', VGG11),
  'supervision-mobilenetv2': supervisionTable('mobilenetv2', MOBILENETV2),
  // Each method at a weight of its own, chosen on validation images; the tables above have the released weights.
  'supervision-resnet18-weights': weightTrials('resnet18'),
  'supervision-resnet18-tuned': tunedSupervision('resnet18', RESNET18_WEIGHTS),
  'supervision-vgg11-bn-weights': weightTrials('vgg11-bn', VGG11),
  'supervision-vgg11-bn-tuned': tunedSupervision('vgg11-bn', VGG11_WEIGHTS, VGG11),
  'supervision-mobilenetv2-weights': weightTrials('mobilenetv2', MOBILENETV2),
  'emoji-weights': emojiTrials,
  'emoji-tuned': emojiTable,
  distillation: distillationTable,
  'distillation-weights': distillationTrials,
  imagenet: imagenetTable,
  'fine-grained': fineGrainedTable('fine-grained', 224),
  'fine-grained-448': fineGrainedTable('fine-grained-448', 448),
  'self-supervision-resnet18': selfSupervisionTable('resnet18'),
  'self-supervision-vit-s16': selfSupervisionTable('vit-s16', VIT),
  'detection-retinanet': detectionTable('retinanet'),
  'detection-faster-rcnn': detectionTable('faster-rcnn'),
  'semi-10': semiTable(10),
  'semi-20': semiTable(20),
  'semi-30': semiTable(30),
  'semi-40': semiTable(40),
  'semi-10-cifar100': semiTable(10, 'cifar100'),
  'semi-20-cifar100': semiTable(20, 'cifar100'),
  'semi-30-cifar100': semiTable(30, 'cifar100'),
  'semi-40-cifar100': semiTable(40, 'cifar100'),
  calibration: calibrationTable(cifar100),
  pretraining: pretrainingTable(distillationTable),
};
