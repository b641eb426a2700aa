import { tensor, tensor1d, zeros, type Tensor } from '@tensorflow/tfjs-core';
import * as core from '@understory/core';
import { type Metric, measurePredictions } from '@understory/core';
import * as distillation from '@understory/distillation';
import * as losses from '@understory/losses';
import * as lossPlugins from '@understory/losses/plugins';
import { createRegistry } from '@understory/registry';
import * as semi from '@understory/semi-supervised';
import * as supervision from '@understory/supervision';
import { describe, expect, it } from 'vitest';
import { defaultPlugins } from './defaultPlugins.ts';
import { expectRefusal, x, y } from './refusals.test.support.ts';

const registry = createRegistry(defaultPlugins);

/** Calls that have to be refused, by what is wrong with them. */
type Refused<F> = Readonly<Record<string, (f: F) => unknown>>;
type Fn = (...given: unknown[]) => unknown;
const calls = (given: Readonly<Record<string, readonly unknown[]>>): Refused<Fn> =>
  Object.fromEntries(Object.entries(given).map(([name, args]) => [name, (f: Fn) => f(...args)]));

const badLabels = (features: Tensor): Record<string, readonly unknown[]> => ({
  'two labels': [features, y(0, 1)],
  'three labels': [features, y(0, 1, 0)],
  'no label': [features, zeros([0], 'int32')],
  'labels in a matrix': [features, tensor([0, 1, 2, 0], [4, 1], 'int32')],
  'labels as floats': [features, tensor1d([0, 1, 2, 0.5])],
});
const pairs = (a: readonly number[]): Refused<Fn> => {
  const [rows, width] = [a[0]!, a.at(-1)!];
  const other = (...shape: number[]): readonly unknown[] => [x(...a), x(...shape)];
  return calls({
    'one row for all': other(1, ...a.slice(1)),
    'other rows': other(2 * rows, ...a.slice(1)),
    'one number a row': other(...a.slice(0, -1), 1),
    'a row without a batch': other(width),
    'a number for each row': other(rows),
    'another width': other(...a.slice(0, -1), width + 1),
    'no rows': [x(0, ...a.slice(1)), x(0, ...a.slice(1))],
  });
};
const withoutWidths = (refused: Refused<Fn>): Refused<Fn> =>
  Object.fromEntries(Object.entries(refused).filter(([name]) => !/width|number a row/.test(name)));

const classification = calls({
  ...badLabels(x(4, 5)),
  'a class too many': [x(4, 5), y(0, 5, 1, 2)],
  'a negative class': [x(4, 5), y(0, -1, 1, 2)],
  'logits of no classes': [x(4), y(0, 1, 0, 0)],
  'too few class weights': [x(4, 5), y(0, 1, 1, 2), tensor1d([1, 2])],
  'one class weight': [x(4, 5), y(0, 1, 1, 2), tensor1d([1])],
});
const bank = calls({
  'a position too many': [x(2, 4), x(9, 4), y(0, 9), 1],
  'one position': [x(2, 4), x(9, 4), y(0), 1],
  'another width': [x(2, 4), x(9, 1), y(0, 1), 1],
});
const predictions =
  (logits: number, classes: number, ...labels: number[]) =>
  (metric: Metric): unknown =>
    measurePredictions(
      metric,
      { classes, logits: new Float32Array(logits), labels: Int32Array.from(labels) },
      99,
    );

/** One image's found boxes of some class against two classes. */
const found =
  (label: number, columns = 6) =>
  (metric: Metric): void => {
    const pass = metric.begin({ classes: ['a', 'b'], size: [9, 9] });
    const detections = core.float32([0, 0, 5, 5, label, 0.5, 0].slice(0, columns), [1, 1, columns]);
    const targets = {
      boxes: core.float32(Array(7).fill(0), [1, 1, 7]),
      frame: core.float32([0, 0, 9, 9, 9, 9], [1, 1, 6]),
    };
    pass.add({ outputs: { detections }, targets, count: 1 });
  };
/** What metrics that look at boxes have to refuse. */
const boxMetrics: Refused<never> = {
  'a class too many': found(2),
  'a negative class': found(-1),
  'a class in halves': found(0.5),
  'a column too many': found(0, 7),
};

type Arrays = core.NdArrays;
/** A batch of two images with two classes, measured. */
const measured =
  (outputs: Arrays, targets: Arrays) =>
  (metric: Metric): unknown => {
    const pass = metric.begin({ classes: ['a', 'b'], size: [2, 1] });
    pass.add({ outputs, targets, count: 2 });
    return pass.end();
  };
const saidOfLabels = { probabilities: core.float32([0.1, 0.9, 0.4, 0.2], [2, 2]) };
const labels = (values: readonly number[]): Arrays => ({
  labels: core.uint8(Uint8Array.from(values), [2, values.length / 2]),
});
/** What metrics of several labels an image have to refuse. */
const labelMetrics: Refused<never> = {
  'a label too many': measured(saidOfLabels, labels([0, 1, 1, 0, 0, 1])),
  'a label that is neither there nor not': measured(saidOfLabels, labels([0, 1, 2, 0])),
};
const saidOfPixels = { probabilities: core.float32([0.1, 0.9, 0.4, 0.6, 1, 0, 0.3, 0.7], [2, 2, 1, 2]) };
const mask = (...values: number[]): Arrays => ({ mask: core.int32(values, [2, values.length / 2, 1]) });
/** What metrics of a class for each pixel have to refuse. */
const mapMetrics: Refused<never> = {
  'a row too many': measured(saidOfPixels, mask(0, 1, 0, 1, 0, 1)),
  'a class too many': measured(saidOfPixels, mask(0, 1, 2, 0)),
  'a negative class': measured(saidOfPixels, mask(0, 1, -2, 0)),
};
/** Metrics that look at something else than one class an image, by the kind of their target. */
const OTHER_METRICS: Readonly<Record<string, Refused<never>>> = {
  boxes: boxMetrics,
  labels: labelMetrics,
  map: mapMetrics,
};

/** Every kind of plugin: what its things have to refuse, or nothing where they compare no tensors and look at no labels. */
const KINDS: Readonly<
  Record<
    string,
    Refused<never> | 'compares nothing' | 'see objectiveRefusals.test.ts' | 'see packages/evaluators'
  >
> = {
  loss: calls({
    ...badLabels(x(8, 4)),
    'as many labels as rows of no view': [x(9, 4), y(0, 1, 2)],
    'features without a width': [x(8), y(0, 1, 0, 1)],
    'no features': [x(0, 4)],
  }),
  'classification-loss': classification,
  'queue-loss': calls({
    'one key': [x(4, 3), x(1, 3), x(7, 3)],
    'a narrow key': [x(4, 3), x(4, 1), x(7, 3)],
    'a narrow queue': [x(4, 3), x(4, 3), x(7, 1)],
    'a queue without rows': [x(4, 3), x(4, 3), x(3)],
  }),
  'prediction-loss': pairs([8, 4]),
  'prototype-loss': calls({ 'one row': [x(8)], 'an odd row': [x(7, 3)], 'no rows': [x(0, 3)] }),
  metric: {
    'too few logits': predictions(8, 3, 0, 1, 2),
    'a class too many': predictions(6, 3, 0, 3),
    'a negative class': predictions(6, 3, 0, -1),
  },
  evaluator: 'see packages/evaluators',
  objective: 'see objectiveRefusals.test.ts',
  augmentation: 'compares nothing',
  backbone: 'compares nothing',
  dataset: 'compares nothing',
  'export-format': 'compares nothing',
  head: 'compares nothing',
  mixing: 'compares nothing',
  optimizer: 'compares nothing',
  reporter: 'compares nothing',
  sampler: 'compares nothing',
  schedule: 'compares nothing',
  task: 'compares nothing',
};

describe('every kind of plugin', () => {
  it('is looked at here: a new kind says what its things have to refuse', () => {
    for (const kind of registry.kinds()) expect(Object.keys(KINDS)).toContain(kind);
  });
  const all = registry
    .kinds()
    .flatMap((kind) => registry.list({ key: kind }).map(({ name }) => [kind, name] as const));
  it.each(all.filter(([kind]) => typeof KINDS[kind] === 'object'))(
    '%s %s refuses what does not fit',
    (kind, name) => {
      const made = registry.make<never>({ key: kind }, name);
      const [target = 'class'] = kind === 'metric' ? Object.values((made as Metric).targets ?? {}) : [];
      const refused = OTHER_METRICS[target] ?? (KINDS[kind] as Refused<never>);
      for (const call of Object.values(refused)) expectRefusal(() => call(made));
    },
  );
});

const distances = pairs([4, 3]);
/** Functions that compare tensors or look at labels, beside those of the plugins: from exports to what they refuse. */
const FUNCTIONS: Readonly<Record<string, readonly [(...given: never[]) => unknown, Refused<Fn>]>> = {
  'core crossEntropyLoss': [core.crossEntropyLoss, calls(badLabels(x(4, 5)))],
  'core crossEntropyOf': [core.crossEntropyOf(0.1), classification],
  'core softCrossEntropyRows': [core.softCrossEntropyRows, distances],
  'core smoothTarget': [
    core.smoothTarget,
    calls({ 'a class too many': [y(0, 5), 5], floats: [tensor1d([0, 1]), 5] }),
  ],
  'core enqueue': [core.enqueue, calls({ 'a narrow key': [{ rows: x(8, 4), pointer: y(0) }, x(2, 1)] })],
  'core mixedLoss': [
    core.mixedLoss,
    calls({
      'too few partners': [() => x(), y(0, 1, 2), { share: x(), partners: y(0, 1) }],
      'a partner too many': [() => x(), y(0, 1, 2), { share: x(), partners: y(0, 1, 3) }],
    }),
  ],
  'core confusionCounts': [
    core.confusionCounts,
    calls({
      'a class too many': [{ labels: Int32Array.of(0, 3), predicted: Int32Array.of(0, 1) }, 3],
      'an answer too many': [{ labels: Int32Array.of(0, 1), predicted: Int32Array.of(0, 1, 1) }, 3],
      'an answer of no class': [{ labels: Int32Array.of(0, 1), predicted: Int32Array.of(0, 5) }, 3],
    }),
  ],
  'core reliabilityBins': [
    core.reliabilityBins,
    calls({
      'too few confidences': [
        { labels: y(0, 1).dataSync(), predicted: y(0, 1).dataSync(), confidence: [0.5] },
        15,
      ],
    }),
  ],
  'losses softCrossEntropy': [losses.softCrossEntropy, distances],
  'losses sigmoidCrossEntropy': [losses.sigmoidCrossEntropy, calls({ 'one row': [x(4, 3), x(1, 3)] })],
  'losses sigmoidFocal': [losses.sigmoidFocal(), calls({ 'one row': [x(4, 3), x(1, 3)] })],
  'losses triplet': [
    losses.triplet(),
    calls({ 'one negative': [x(4, 3), x(4, 3), x(1, 3)], narrow: [x(4, 3), x(4, 1), x(4, 3)] }),
  ],
  'losses anchorsWithoutPositive': [losses.anchorsWithoutPositive, calls({ 'two labels': [y(0, 1), 8] })],
  'losses sinkhorn': [losses.sinkhorn(), calls({ 'one row': [x(3)] })],
  'distillation distillationKl': [distillation.distillationKl({ temperature: 2 }), distances],
  'distillation klRows': [distillation.klRows, distances],
  'distillation softCrossEntropy': [distillation.softCrossEntropy({ temperature: 2 }), distances],
  'distillation wholeDistance': [distillation.wholeDistance, distances],
  'distillation meanSquaredDistance': [distillation.meanSquaredDistance, distances],
  'distillation neighbourCorrelationLoss': [distillation.neighbourCorrelationLoss, distances],
  'distillation kernelCorrelationLoss': [
    distillation.kernelCorrelationLoss({ gamma: 0.4 }),
    withoutWidths(distances),
  ],
  'distillation relationalLoss': [
    distillation.relationalLoss({ distance: 1, angle: 1 }),
    withoutWidths(distances),
  ],
  'distillation similarityLoss': [
    distillation.similarityLoss,
    calls({ 'one row': [x(4, 2, 2, 3), x(1, 2, 2, 3)], 'no rows': [x(0, 3), x(0, 3)] }),
  ],
  'distillation attentionLoss': [
    distillation.attentionLoss,
    calls({ 'one row': [x(4, 2, 2, 3), x(1, 2, 2, 3)], vectors: [x(4, 3), x(4, 3)] }),
  ],
  'distillation ensembleKl': [distillation.ensembleKl({ temperature: 2 }), distances],
  'distillation ensembleLogits': [
    distillation.ensembleLogits,
    calls({
      'one row': [[x(4, 3), x(1, 3)], x(4, 2)],
      'a narrow gate': [[x(4, 3), x(4, 3)], x(4, 1)],
      'a gate of one row': [[x(4, 3), x(4, 3)], x(1, 2)],
    }),
  ],
  'distillation noiseContrast': [
    distillation.noiseContrast({ size: 9, negatives: 3 }),
    calls({
      'one positive': [x(1), x(4, 3)],
      'one count': [x(4), x(4, 3), x(4, 1)],
      'no batch': [x(4), x(3)],
    }),
  ],
  'distillation drawCounts': [
    distillation.drawCounts,
    calls({ 'a position too many': [tensor([0, 9], [1, 2], 'int32'), 9] }),
  ],
  'distillation bankScores': [distillation.bankScores, calls({ 'another width': [x(2, 4), x(9, 1), 1] })],
  'distillation ownScores': [distillation.ownScores, bank],
  'distillation partition': [
    distillation.partition,
    calls({ 'one count': [x(4), x(4, 9), x(1, 9)], 'one own': [x(1), x(4, 9), x(4, 9)] }),
  ],
  'distillation movedBank': [(v: never, b: never, p: never) => distillation.movedBank(b, p, v, 0.5), bank],
  'distillation relatedness': [distillation.relatedness, calls({ 'another width': [x(4, 3), x(2, 1)] })],
  'distillation pretextLoss': [
    distillation.pretextLoss,
    calls({
      'an image too many': [x(4, 3), x(2, 3), y(0, 1, 2, 0)],
      'two labels': [x(4, 3), x(2, 3), y(0, 1)],
    }),
  ],
  'distillation targetRank': [
    distillation.targetRank,
    calls({ 'a class too many': [x(2, 3), y(0, 3)], 'one label': [x(2, 3), y(0)] }),
  ],
  'distillation keptRows': [distillation.keptRows, calls({ 'a matrix': [x(2, 3), 1] })],
  'distillation selectiveKl': [
    (a: never, b: never) => distillation.selectiveKl({ temperature: 1, share: 1 })(a, b, y(0, 1, 2, 0)),
    { ...distances, ...calls({}) },
  ],
  ...Object.fromEntries(
    Object.entries({
      targetClassKl: distillation.targetClassKl({ temperature: 2 }),
      otherClassesKl: distillation.otherClassesKl({ temperature: 2 }),
      targetCrossEntropy: distillation.targetCrossEntropy,
      othersCrossEntropy: distillation.othersCrossEntropy({ temperature: 2 }),
      classRanks: distillation.classRanks,
      rankedOthersLoss: distillation.rankedOthersLoss,
    }).map(([name, f]) => [
      `distillation ${name}`,
      [(a: never, b: never) => f(a, b, y(0, 1, 2, 0)), distances],
    ]),
  ),
  'distillation interClassLoss': [distillation.interClassLoss({ temperature: 2 }), distances],
  'distillation intraClassLoss': [distillation.intraClassLoss({ temperature: 2 }), distances],
  'distillation standardize': [
    distillation.standardize({ unbiased: true }),
    calls({ 'one class': [x(4, 1)], 'a row': [x(3)] }),
  ],
  'distillation smoothedTargetLoss': [distillation.smoothedTargetLoss, calls(badLabels(x(4, 5)))],
  'distillation neighbourChanceLoss': [
    distillation.neighbourChanceLoss,
    calls({ 'one row': [x(4, 3), x(1, 3)], 'no rows': [x(0, 3), x(0, 3)] }),
  ],
  'distillation neuronSelectivityLoss': [
    distillation.neuronSelectivityLoss,
    calls({ 'one row': [x(4, 2, 2, 3), x(1, 2, 2, 3)], vectors: [x(4, 3), x(4, 3)] }),
  ],
  'distillation hintLoss': [distillation.hintLoss, pairs([4, 2, 2, 3])],
  'distillation contextLoss': [distillation.contextLoss, pairs([4, 2, 2, 3])],
  'semi-supervised weightedPseudoLabelLoss': [
    (a: never, b: never) => semi.weightedPseudoLabelLoss(a, b, x(4) as never),
    distances,
  ],
  'semi-supervised seenClasses': [
    semi.seenClasses,
    calls({ 'a row': [semi.firstSeenClasses(3), x(3), { momentum: 0.9, range: [0, 1] }] }),
  ],
  'semi-supervised fairnessLoss': [
    semi.fairnessLoss,
    calls({
      'a row': [x(3), x(3), semi.firstSeenClasses(3)],
      'one weight': [x(4, 3), x(1), semi.firstSeenClasses(3)],
    }),
  ],
  'semi-supervised softWeights': [
    semi.softWeights,
    calls({
      'one row': [x(1, 3), semi.firstSeenConfidence(3), { momentum: 0.9, sharpness: 2, align: true }],
    }),
  ],
  'supervision koLeo': [supervision.koLeo, calls({ 'one row': [x(1, 3)], 'a row': [x(3)] })],
  'supervision uniformity': [supervision.uniformity, calls({ 'one row': [x(1, 3)], 'a row': [x(3)] })],
  'semi-supervised pseudoLabelLoss': [semi.pseudoLabelLoss({ threshold: 0.5 }), distances],
  'semi-supervised consistencyLoss': [semi.consistencyLoss, distances],
  'supervision smoothKl': [supervision.smoothKl, distances],
  'supervision mimicTerms': [
    (a: Tensor, b: Tensor) => supervision.mimicTerms([a, b] as never) as unknown,
    distances,
  ] as never,
};

/** What else the packages of losses export: it compares no two tensors, or is a plugin's own function. */
const OTHERS = new Set([
  'losses byolMomentum',
  'losses unitRows',
  'distillation adaptiveAvgPool',
  'distillation nearestResize',
  'distillation rampUp',
  'semi-supervised classThresholds',
  'semi-supervised confidentRows',
  'semi-supervised firstSeenClasses',
  'semi-supervised firstSeenConfidence',
  'semi-supervised rowsAboveThreshold',
  'supervision confidencePenalty',
  'supervision negativeEntropy',
  'supervision defaultBranches',
]);
const madeBy = (packageOf: object): Set<unknown> =>
  new Set(
    Object.values(packageOf).flatMap((v) =>
      (v as { create?: unknown } | undefined)?.create ? [(v as { create: unknown }).create] : [],
    ),
  );

describe('every function of losses', () => {
  const packages = { losses, distillation, 'semi-supervised': semi, supervision };
  it('is looked at here, beside what plugins create', () => {
    for (const [name, exported] of Object.entries(packages)) {
      const created = madeBy({ ...exported, ...(name === 'losses' ? lossPlugins : {}) });
      const own = Object.entries(exported).filter(([, v]) => typeof v === 'function' && !created.has(v));
      for (const [key] of own.filter(([key]) => !['byol', 'simSiam'].includes(key)))
        expect([...Object.keys(FUNCTIONS), ...OTHERS]).toContain(`${name} ${key}`);
    }
  });
  it.each(Object.keys(FUNCTIONS))('%s refuses what does not fit', (name) => {
    const [f, refused] = FUNCTIONS[name]!;
    for (const call of Object.values(refused)) expectRefusal(() => call(f as Fn));
  });
});
