import { streamOf } from '@understory/core/testing';
import { tensor2d } from '@tensorflow/tfjs-core';
import { describe, it } from 'vitest';
import { expectGoldens, goldensOf, wideTeacher, type GoldenStep } from './testing/objectiveGoldens.ts';

const goldens = goldensOf<readonly GoldenStep[]>('teachers.json');
const shared = { planes: [3, 4, 4, 5], teacher: () => wideTeacher([4, 4, 5, 6]) };
const teacher = { run: 'runs/teacher' };
const labels = [0, 3, 3, 1];

/** Entries of the banks that each image of a step is told apart from; some are drawn more than once. */
const DRAWN = [
  [
    [1, 2, 2, 4, 6, 9],
    [0, 5, 7, 11, 19, 1],
    [10, 12, 17, 4, 4, 4],
    [9, 13, 14, 15, 16, 1],
  ],
  [
    [5, 5, 0, 2, 11, 18],
    [8, 3, 19, 7, 7, 12],
    [1, 17, 2, 16, 5, 10],
    [9, 6, 3, 14, 15, 0],
  ],
];

describe('objectives with a teacher and a memory of their own, step by step, against PyTorch', () => {
  it('contrastive-representation: an image that is seen twice, banks that move, constants that stay', async () => {
    const name = 'contrastive-representation';
    const steps = [
      [5, 3, 8, 5],
      [3, 13, 6, 8],
    ].map((positions, k) => ({ labels, positions, fed: { drawn: tensor2d(DRAWN[k]!, [4, 6], 'int32') } }));
    await expectGoldens(
      { ...shared, spec: [name, { teacher, negatives: 6, width: 8 }], steps },
      goldens[name]!,
    );
  });

  it('self-supervised-distillation: an epoch that trains the teacher’s head, and one that learns from it', async () => {
    const name = 'self-supervised-distillation';
    const streams = [streamOf({ views: 4 })];
    const steps = [0, 1].map((epoch) => ({ labels, epoch }));
    await expectGoldens(
      { ...shared, spec: [name, { teacher, headEpochs: 1 }], streams, steps },
      goldens[name]!,
    );
  });
});
