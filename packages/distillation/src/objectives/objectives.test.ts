import { memory, reshape, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { seedOf, variablesOf, type Objective, type Stream } from '@understory/core';
import { trainSteps } from '@understory/core/testing';
import { crossEntropy } from '@understory/supervision';
import { describe, expect, it } from 'vitest';
import {
  attentionTransfer,
  cdsDistillation,
  classRelationDistillation,
  contrastiveRepresentation,
  correlationCongruence,
  decoupledDistillation,
  distillationPlugins,
  hierarchicalDistillation,
  hintTransfer,
  knowledgeDistillation,
  knowledgeReview,
  layeredSelfSupervision,
  nativeEnsemble,
  neuronSelectivity,
  normalizedDistillation,
  probabilisticTransfer,
  relationalDistillation,
  selfSupervisedDistillation,
  similarityPreserving,
  universalSelfDistillation,
} from '../index.ts';
import { build, four, one, run, step, supervision, teacherWith, two } from './methods.test.support.ts';

interface Case {
  readonly name: string;
  readonly objective: () => Objective;
  readonly stream: Stream;
  readonly terms: readonly string[];
}
const taps = ['stage1', 'stage2', 'stage3', 'stage4'];
const stages = [...taps.slice(0, -1), 'final'];
const cases: readonly Case[] = [
  { name: 'KD', objective: () => knowledgeDistillation({ teacher: run }), stream: one, terms: ['kl'] },
  { name: 'AT', objective: () => attentionTransfer({ teacher: run }), stream: one, terms: ['attention'] },
  {
    name: 'RKD',
    objective: () => relationalDistillation({ teacher: run }),
    stream: one,
    terms: ['relations'],
  },
  { name: 'SP', objective: () => similarityPreserving({ teacher: run }), stream: one, terms: ['similarity'] },
  {
    name: 'CC',
    objective: () => correlationCongruence({ teacher: run }),
    stream: one,
    terms: ['correlation'],
  },
  {
    name: 'CRD',
    objective: () => contrastiveRepresentation({ teacher: run, negatives: 8, width: 6 }),
    stream: one,
    terms: ['student', 'teacher'],
  },
  {
    name: 'ONE',
    objective: () => nativeEnsemble(),
    stream: one,
    terms: ['branch2', 'branch3', 'ensemble', 'kl'],
  },
  {
    name: 'SSKD',
    objective: () => selfSupervisedDistillation({ teacher: run, headEpochs: 0.3 }),
    stream: four,
    terms: ['kl', 'transfer', 'pretext', 'teacher-head'],
  },
  {
    name: 'CDS',
    objective: () => cdsDistillation({ teacher: run, supervision: supervision() }),
    stream: two,
    terms: [...stages, ...stages.map((s) => `distance/${s}`), 'logits'],
  },
  ...[
    decoupledDistillation({ teacher: run }),
    decoupledDistillation({ teacher: run, standardize: 'sample', temperature: 2, rampEpochs: 0 }),
    normalizedDistillation({ teacher: run }),
  ].map((made): Case => ({
    name: made.name,
    objective: () => made,
    stream: one,
    terms: ['target', 'others'],
  })),
  {
    name: 'DIST',
    objective: () => classRelationDistillation({ teacher: run }),
    stream: one,
    terms: ['inter', 'intra'],
  },
  {
    name: 'USKD',
    objective: () => universalSelfDistillation(),
    stream: one,
    terms: ['target', 'others', 'weak'],
  },
  {
    name: 'PKT',
    objective: () => probabilisticTransfer({ teacher: run }),
    stream: one,
    terms: ['neighbours'],
  },
  { name: 'NST', objective: () => neuronSelectivity({ teacher: run }), stream: one, terms: ['neurons'] },
  { name: 'FitNet', objective: () => hintTransfer({ teacher: run }), stream: one, terms: ['hint'] },
  { name: 'ReviewKD', objective: () => knowledgeReview({ teacher: run }), stream: one, terms: ['context'] },
  {
    name: 'HSAKD',
    objective: () => hierarchicalDistillation({ teacher: run }),
    stream: four,
    terms: [...taps.map((tap) => `kl/${tap}`), 'kl'],
  },
  {
    name: 'LSSKD',
    objective: () => layeredSelfSupervision(),
    stream: four,
    terms: [...taps, ...taps.slice(0, -1).map((tap) => `kl/${tap}`)],
  },
];

it('every objective of the package is tried here', () => {
  const tried = new Set(cases.map(({ objective }) => objective().name));
  expect([...tried].sort()).toEqual(distillationPlugins.map(({ name }) => name).sort());
});

describe.each(cases)('$name', ({ objective, stream, terms }) => {
  it('trains three steps: finite terms, no tensor left, the teacher as it was', async () => {
    const own = await teacherWith();
    const before = Object.values(variablesOf(own.backbone.model, '')).map((v) => [...v.dataSync()]);
    const counts: number[] = [];
    const objectives = [crossEntropy(), objective()];
    const { events, training } = await trainSteps(objectives, {
      streams: [stream],
      teacher: () => own,
      rate: 0.001,
    });
    counts.push(memory().numTensors);
    expect(events).toHaveLength(3);
    for (const event of events) {
      const mine = Object.keys(event.terms).filter((name) => !name.startsWith('cross-entropy/'));
      expect(mine.map((name) => name.slice(name.indexOf('/') + 1))).toEqual(terms);
      expect(Object.values(event.terms).every(Number.isFinite)).toBe(true);
    }
    const after = Object.values(variablesOf(own.backbone.model, '')).map((v) => [...v.dataSync()]);
    expect(after).toEqual(before);
    training.dispose();
  });

  it('a step leaves no tensor behind', async () => {
    const built = await build(objective(), [stream]);
    const info = {
      step: 0,
      epoch: 0,
      seed: seedOf(1),
      positions: { train: Int32Array.of(0, 3, 8, 1) },
      targets: {},
    };
    const oneStep = (): void =>
      tidy(() => {
        const drawn = Object.entries(built.feed?.(info) ?? {}).map(([key, { data, shape }]) => {
          return [key, reshape(tensor1d(data, 'int32'), [...shape])] as const;
        });
        const context = step(stream, { fed: Object.fromEntries(drawn) });
        const { carry = {} } = built.terms(context);
        built.update?.(context, carry);
      });
    oneStep();
    const before = memory().numTensors;
    oneStep();
    expect(memory().numTensors).toBe(before);
  });
});
