import { readFileSync } from 'node:fs';
import { memory, scalar, softmax, tensor1d, tidy } from '@tensorflow/tfjs-core';
import type { Scalar, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import {
  variablesOf,
  type BuiltObjective,
  type Objective,
  type StepContext,
  type Stream,
  type Term,
  classLogits,
} from '@understory/core';
import {
  buildContextOf,
  leakedBy,
  lengthOf,
  relativeError,
  stepContextOf,
  streamOf,
  streamTensor,
  tinyBackbone,
  trainSteps,
  valueAndGradients,
} from '@understory/core/testing';
import { ntXent, supCon } from '@understory/losses';
import { contrastiveDeepSupervision, crossEntropy, sepConv } from '@understory/supervision';
import { describe, expect, it } from 'vitest';
import {
  confidentRows,
  consistencyLoss,
  contrastiveSemiSupervision,
  firstSeenClasses,
  fixMatch,
  freeMatch,
  meanTeacher,
  pseudoLabel,
  pseudoLabelLoss,
  seenClasses,
  softMatch,
} from './index.ts';

interface Golden {
  scales: [number, number];
  threshold: number;
  mask: number[];
  pseudo: number;
  pseudoGradient: number[];
  consistency: number;
  consistencyGradient: number[];
}
const goldens = JSON.parse(
  readFileSync(new URL('../testdata/losses.json', import.meta.url), 'utf8'),
) as Golden[];

const rowsOf = (x: Tensor2D): number[][] => x.arraySync();
const softmaxOf = (row: readonly number[]): number[] => {
  const e = row.map((v) => Math.exp(v - Math.max(...row)));
  return e.map((v) => v / e.reduce((a, b) => a + b));
};

describe('losses against PyTorch', () => {
  it.each(goldens)('logits × $scales, threshold $threshold', (golden) => {
    const weak = streamTensor([6, 5], 91, golden.scales[0]) as Tensor2D;
    const strong = streamTensor([6, 5], 92, golden.scales[1]) as Tensor2D;
    expect([...confidentRows(weak, golden.threshold).dataSync()]).toEqual(golden.mask);
    const pseudo = pseudoLabelLoss(golden);
    const a = valueAndGradients((w, s) => pseudo(w, s), [weak, strong]);
    expect(Math.abs(a.value - golden.pseudo)).toBeLessThan(1e-5 * Math.max(golden.pseudo, 1e-6));
    expect(lengthOf(a.gradients[0]!)).toBe(0);
    if (golden.pseudo > 0) expect(relativeError(a.gradients[1]!, golden.pseudoGradient)).toBeLessThan(1e-5);
    const b = valueAndGradients((s, t) => consistencyLoss(s, t), [strong, weak]);
    expect(relativeError([b.value], [golden.consistency])).toBeLessThan(1e-5);
    expect(relativeError(b.gradients[0]!, golden.consistencyGradient)).toBeLessThan(1e-5);
    expect(lengthOf(b.gradients[1]!)).toBe(0);
    expect(leakedBy(() => pseudo(weak, strong)) + leakedBy(() => consistencyLoss(strong, weak))).toBe(0);
  });

  it('are the golden values of the handbook, and the equations as loops', () => {
    const weak = streamTensor([6, 5], 91, 12) as Tensor2D;
    const strong = streamTensor([6, 5], 92, 3) as Tensor2D;
    let [pseudo, squares] = [0, 0];
    for (const [b, row] of rowsOf(weak).map(softmaxOf).entries()) {
      const q = softmaxOf(rowsOf(strong)[b]!);
      const top = Math.max(...row);
      if (top >= 0.95) pseudo -= Math.log(q[row.indexOf(top)]!) / 6;
      for (const [c, p] of row.entries()) squares += (p - q[c]!) ** 2 / 30;
    }
    expect(pseudo).toBeCloseTo(0.74740767, 6);
    expect(squares).toBeCloseTo(0.17117683, 6);
    expect(pseudoLabelLoss({ threshold: 0.95 })(weak, strong).dataSync()[0]).toBeCloseTo(pseudo, 5);
    expect(consistencyLoss(strong, weak).dataSync()[0]).toBeCloseTo(squares, 6);
  });
});

const backbone = tinyBackbone();
const labelled = streamOf({ name: 'labelled', views: 2 });
const unlabelled = streamOf({ name: 'unlabelled', batch: 3, views: 2, labelled: false });
const streams = [labelled, unlabelled];
const build = async (objective: Objective, on: readonly Stream[] = streams): Promise<BuiltObjective> =>
  objective.build(buildContextOf(backbone, { streams: on, twin: () => tinyBackbone() }));
const step = (epoch = 0): StepContext =>
  stepContextOf(backbone, {
    images: streamTensor([14, 8, 8, 3], 1) as Tensor4D,
    streams,
    labels: { labelled: tensor1d([0, 3, 3, 1], 'int32'), unlabelled: tensor1d([0, 0, 0], 'int32') },
    epoch: scalar(epoch),
  });
const numberOf = (x: Scalar | number): number => (typeof x === 'number' ? x : x.dataSync()[0]!);
const values = (terms: Readonly<Record<string, Term>>): Record<string, number> =>
  Object.fromEntries(Object.entries(terms).map(([name, t]) => [name, numberOf(t.value)]));
const weights = (terms: Readonly<Record<string, Term>>): Record<string, number> =>
  Object.fromEntries(Object.entries(terms).map(([name, t]) => [name, numberOf(t.weight)]));

const cds = (): Objective =>
  contrastiveDeepSupervision({ loss: supCon(), unlabelled: ntXent({ temperature: 0.07 }), head: sepConv() });
const task = (): Objective => crossEntropy({ stream: 'labelled' });
const paper = (): Objective => contrastiveSemiSupervision({ supervised: task(), contrastive: cds() });
const alone: readonly [string, () => Objective][] = [
  ['pseudo-label', () => pseudoLabel({ rampEpochs: 2 })],
  ['fixmatch', () => fixMatch({ threshold: 0.2 })],
  ['freematch', () => freeMatch({ momentum: 0.5 })],
  ['softmatch', () => softMatch({ momentum: 0.5 })],
  ['mean-teacher', () => meanTeacher({ rampEpochs: 2, weight: 1 })],
];

describe('every method trains three steps over both streams, alone and with CDS', () => {
  it.each([
    ['the paper', () => [paper()]],
    ...alone.map(([name, o]) => [name, () => [task(), o()]] as const),
    ...alone.map(([name, o]) => [`${name} with CDS`, () => [task(), o(), cds()]] as const),
  ] as const)('%s', async (_name, objectives) => {
    const { events, training } = await trainSteps(objectives(), { streams, rate: 0.001 });
    expect(events).toHaveLength(3);
    for (const { terms } of events) expect(Object.values(terms).every(Number.isFinite)).toBe(true);
    training.dispose();
  });
});

describe('pseudoLabel and fixMatch', () => {
  it('learn from the first view, on the same or on the second one', async () => {
    const context = step();
    const rows = (view: number): Tensor2D =>
      context.rows(classLogits(context), { stream: 'unlabelled', view });
    const threshold = 0.22;
    const loss = pseudoLabelLoss({ threshold });
    const own = values((await build(pseudoLabel({ threshold }))).terms(context).terms);
    expect(own['unlabelled']).toBeCloseTo(numberOf(loss(rows(0), rows(0))), 5);
    const other = values((await build(fixMatch({ threshold }))).terms(context).terms);
    expect(other['unlabelled']).toBeCloseTo(numberOf(loss(rows(0), rows(1))), 5);
    const sure = [...confidentRows(rows(0), threshold).dataSync()].reduce((a, b) => a + b) / 3;
    expect(own['confident']).toBeCloseTo(sure, 6);
  });

  it('ramp their weight up, or not', async () => {
    const ramped = await build(pseudoLabel({ rampEpochs: 10, weight: 2 }));
    expect([0, 5, 10, 30].map((e) => weights(ramped.terms(step(e)).terms)['unlabelled'])).toEqual([
      0, 1, 2, 2,
    ]);
    expect(weights((await build(fixMatch())).terms(step()).terms)).toEqual({ unlabelled: 1, confident: 0 });
  });
});

describe('freeMatch and softMatch', () => {
  it('move what they remember on when a step is over, and not before', async () => {
    const { state, terms, update } = await build(freeMatch({ momentum: 0.5 }));
    const context = step();
    const weak = softmax(context.rows(classLogits(context), { stream: 'unlabelled', view: 0 }));
    const expected = seenClasses(firstSeenClasses(5), weak, { momentum: 0.5, range: [0, 1] });
    const made = terms(context);
    expect(state!['threshold']!.dataSync()[0]).toBeCloseTo(0.2, 6);
    expect(values(made.terms)['threshold']).toBeCloseTo(numberOf(expected.threshold), 6);
    update!(context, made.carry!);
    for (const [name, variable] of Object.entries(state!))
      expect(relativeError(variable.dataSync(), expected[name]!.dataSync()), name).toBeLessThan(1e-6);
  });

  it('weigh the fairness by its option, and tell the rest', async () => {
    const found = weights((await build(freeMatch({ fairness: 0.3 }))).terms(step()).terms);
    expect(found).toEqual({ unlabelled: 1, confident: 0, fairness: 0.3, threshold: 0 });
    const soft = (await build(softMatch())).terms(step()).terms;
    expect(values(soft)['confident']).toBeCloseTo(1, 2); // σ is 1 at first
  });

  it('refuse bounds in the wrong order', () => {
    expect(() => freeMatch({ range: [0.9, 0.1] })).toThrow(/lower bound first/);
  });
});

describe('meanTeacher', () => {
  it("compares the student's second view with the average's first", async () => {
    const built = await build(meanTeacher({ rampEpochs: 0 }));
    expect(Object.keys(built.state!)).toEqual(Object.keys(variablesOf(backbone.model, 'teacher')));
    const context = step();
    const images = context.rows(context.images, { stream: 'unlabelled', view: 0 });
    // The average begins as the student; its batch norm sees this batch alone.
    const twin = tinyBackbone().model.apply(images, { training: true }) as [Tensor2D];
    const second = context.rows(classLogits(context), { stream: 'unlabelled', view: 1 });
    const terms = built.terms(context).terms;
    expect(values(terms)['consistency']).toBeCloseTo(numberOf(consistencyLoss(second, twin.at(-1)!)), 5);
    expect(weights(terms)['consistency']).toBe(50);
  });
});

describe("the paper's method", () => {
  it('is the task on labelled images, and contrastive terms on all', async () => {
    const built = await build(paper());
    const context = step();
    const together = values(built.terms(context).terms);
    const ce = values((await build(task())).terms(context).terms);
    const contrastive = await build(cds());
    expect(together['supervised/ce']).toBe(ce['ce']);
    expect(together['final']).toBe(values(contrastive.terms(context).terms)['final']);
    expect(together['final/unlabelled']).toBe(values(contrastive.terms(context).terms)['final/unlabelled']);
    expect(Object.keys(together)).toHaveLength(9);
    expect(Object.keys(built.modules)).toEqual(['stage1', 'stage2', 'stage3']);
    expect(built.update).toBeUndefined();
    expect(built.feed).toBeUndefined();
  });

  it('hands feeds, state and updates of both on', async () => {
    const seen: (readonly [unknown, unknown])[] = [];
    const odd: Objective = {
      name: 'odd',
      build: () => ({
        modules: {},
        feed: () => ({ x: { dtype: 'float32', shape: [], data: Float32Array.of(2) } }),
        terms: (context) => {
          return {
            terms: { fed: { value: context.fed['x'] as Scalar, weight: 1 } },
            carry: { x: context.fed['x']! },
          };
        },
        update: (context, { x }) => void seen.push([context.fed['x']!, x!]),
        classifies: [{ tap: 'stage1', modules: ['stage1', 'stage1-classifier'] }],
      }),
    };
    const built = await build(contrastiveSemiSupervision({ supervised: odd, contrastive: meanTeacher() }));
    const fed = built.feed!({
      step: 0,
      epoch: 0,
      positions: {},
      targets: {},
      seed: buildContextOf(backbone).seed,
    });
    expect(Object.keys(fed)).toEqual(['supervised/x']);
    expect(built.classifies).toEqual([
      { tap: 'stage1', modules: ['supervised/stage1', 'supervised/stage1-classifier'] },
    ]);
    const context = { ...step(), fed: { 'supervised/x': scalar(2) } };
    const { terms, carry } = built.terms(context);
    expect(values(terms)['supervised/fed']).toBe(2);
    expect(Object.keys(carry!)).toEqual(['supervised/x']);
    built.update!(context, carry!);
    expect(seen).toEqual([[context.fed['supervised/x'], carry!['supervised/x']]]);
    expect(Object.keys(built.state!).every((name) => name.startsWith('teacher/'))).toBe(true);
  });
});

describe('memory and refusals', () => {
  it.each([['paper', paper] as const, ...alone])(
    'a step of %s leaves no tensor behind',
    async (_name, objective) => {
      const built = await build(objective());
      const once = (): void =>
        tidy(() => {
          const context = step();
          const { carry = {} } = built.terms(context);
          built.update?.(context, carry);
        });
      once();
      const before = memory().numTensors;
      once();
      expect(memory().numTensors).toBe(before);
    },
  );

  it.each([
    ['no unlabelled stream', fixMatch(), [labelled], 'unknown-name'],
    ['FixMatch with one view', fixMatch(), [labelled, { ...unlabelled, views: 1 }], 'too-few-views'],
    ['Mean Teacher with one view', meanTeacher(), [labelled, { ...unlabelled, views: 1 }], 'too-few-views'],
    ['no labels at all', paper(), [{ ...labelled, labelled: false }, unlabelled], 'no-labels'],
    [
      'SoftMatch with a batch of one',
      softMatch(),
      [labelled, { ...unlabelled, batch: 1 }],
      'batch-too-small',
    ],
    ['FreeMatch with one view', freeMatch(), [labelled, { ...unlabelled, views: 1 }], 'too-few-views'],
    ['an unlabelled batch of one', paper(), [labelled, { ...unlabelled, batch: 1 }], 'batch-too-small'],
  ] as const)('%s is refused before the first step', async (...[, objective, on, code]) => {
    await expect(build(objective, on)).rejects.toMatchObject({ code });
  });
});
