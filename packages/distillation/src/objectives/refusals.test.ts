import type { Network } from '@understory/core';
import { buildContextOf, streamOf } from '@understory/core/testing';
import { describe, expect, it } from 'vitest';
import {
  attentionTransfer,
  cdsDistillation,
  contrastiveRepresentation,
  correlationCongruence,
  knowledgeDistillation,
  nativeEnsemble,
  relationalDistillation,
  selfSupervisedDistillation,
  similarityPreserving,
} from '../index.ts';
import { backbone, build, one, run, supervision, teacher, teacherWith, two } from './methods.test.support.ts';

describe('what makes no sense is refused before the first step', async () => {
  const small = await teacherWith({ size: 16 });
  const otherClasses = await teacherWith({ classes: 7 });
  const bare: Network = { backbone: teacher.backbone, modules: {} };
  const lonely = streamOf({ batch: 1 });
  const fixed = Object.fromEntries(
    Object.entries(backbone).filter(([key]) => key !== 'extend'),
  ) as unknown as typeof backbone;
  it.each([
    ['no teacher', knowledgeDistillation(), [one], teacher, 'missing-teacher'],
    ['a teacher that cannot be loaded', attentionTransfer({ teacher: run }), [one], null, 'missing-teacher'],
    ['a teacher of other images', similarityPreserving({ teacher: run }), [one], small, 'teacher-size'],
    [
      'logits of other classes',
      knowledgeDistillation({ teacher: run }),
      [one],
      otherClasses,
      'classes-differ',
    ],
    ['a batch of one, RKD', relationalDistillation({ teacher: run }), [lonely], teacher, 'batch-too-small'],
    ['a batch of one, SP', similarityPreserving({ teacher: run }), [lonely], teacher, 'batch-too-small'],
    ['a batch of one, CC', correlationCongruence({ teacher: run }), [lonely], teacher, 'batch-too-small'],
    ['a view that is missing', attentionTransfer({ teacher: run, view: 2 }), [two], teacher, 'too-few-views'],
    ['SSKD with one view', selfSupervisedDistillation({ teacher: run }), [one], teacher, 'too-few-views'],
    [
      'CRD without labels',
      contrastiveRepresentation({ teacher: run }),
      [streamOf({ labelled: false })],
      teacher,
      'no-labels',
    ],
    [
      'a teacher without heads',
      cdsDistillation({ teacher: run, supervision: supervision() }),
      [two],
      bare,
      'teacher-heads',
    ],
  ] as const)('%s', async (...[, objective, streams, network, code]) => {
    await expect(build(objective, streams, network)).rejects.toMatchObject({ code });
  });

  it.each([
    knowledgeDistillation({ teacher: run }),
    selfSupervisedDistillation({ teacher: run }),
    cdsDistillation({ teacher: run, supervision: supervision() }),
  ])('logits of pixels, $name', async (objective) => {
    const context = buildContextOf(backbone, { streams: [two], teacher });
    const dense = { ...context, task: 'pixels', outputs: { logits: [8, 8, 5] } };
    await expect(Promise.resolve(objective.build(dense))).rejects.toThrow(
      /needs a classifier's "logits" \[B, C\]; the network puts out logits \[B, 8, 8, 5\]\. Task "pixels"/,
    );
  });

  it('ONE on a backbone that cannot be continued', () => {
    const context = buildContextOf(fixed, { streams: [one] });
    expect(() => nativeEnsemble().build(context)).toThrow(/cannot be continued/);
  });
});
