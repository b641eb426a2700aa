import { detectionTable } from './detection.ts';
import { distillationTable } from './distillation.ts';
import { semiTable } from './semi.ts';
import { supervisionTable } from './supervision.ts';
import type { Table, TableRequest } from './table.ts';

/** Every table that `understory reproduce` makes, by name. */
export const tables: Readonly<Record<string, (request: TableRequest) => Table>> = {
  'supervision-resnet18': supervisionTable('resnet18'),
  // Three dense layers with dropout learn too slowly for a pocket budget, and hide what the methods do to the stages.
  'supervision-vgg11-bn': supervisionTable('vgg11-bn', { options: { classifier: 'compact' } }),
  'supervision-mobilenetv2': supervisionTable('mobilenetv2', { pocketEpochs: 40 }),
  distillation: distillationTable,
  'detection-retinanet': detectionTable('retinanet'),
  'detection-faster-rcnn': detectionTable('faster-rcnn'),
  'semi-10': semiTable(10),
  'semi-20': semiTable(20),
  'semi-30': semiTable(30),
  'semi-40': semiTable(40),
};
