import {
  AUGMENTATION,
  BACKBONE,
  compareRunners,
  DETECTIONS,
  eagerRunner,
  METRIC,
  OBJECTIVE,
  OPTIMIZER,
  schemaKeys,
  seedOf,
  type AnyPlugin,
  type BackboneFactory,
  type Experiment,
  type Spec,
  type Token,
} from '@understory/core';
import { streamOf, tinyExperiment } from '@understory/core/testing';
import { compiledRunner } from '@understory/engine';
import { createRegistry } from '@understory/registry';
import { describe, expect, it } from 'vitest';
import { defaultPlugins } from './defaultPlugins.ts';
import { BOX_METHODS, teacherFor, withBoxes } from './testing/methods.ts';

const registry = createRegistry(defaultPlugins);
const every = (kind: Token<unknown>): readonly AnyPlugin[] => registry.list(kind);

const narrow = { head: ['projector', { widths: [8, 6] }], predictor: ['projector', { widths: [8, 6] }] };

/** Options without which a plugin cannot be made, or would be too large for a test. */
const NEEDED: Readonly<Record<string, object>> = {
  'contrastive-representation': { negatives: 8, width: 6 },
  'correlation-congruence': { width: 6 },
  'bootstrap-latents': narrow,
  'simple-siamese': narrow,
  'random-apply': { augmentations: [['invert', {}]] },
  'random-resized-crop': { size: 8 },
  'resnext50-zoo': { width: 0.5 },
  'resnext101-zoo': { width: 0.5 },
  resize: { size: 8 },
  'center-crop': { size: 8 },
  cutout: { size: 4 },
  // More than there are: which are drawn would depend on the order of proposals that are equal but for rounding.
  'faster-rcnn-loss': { anchors: 10_000, anchorPositives: 1, regions: 600, regionPositives: 1 },
};

/** What makes a family small, where it has such options. */
const SMALL: Readonly<Record<string, unknown>> = {
  width: 0.25,
  depth: 0.01,
  classifier: 'compact',
  dropout: 0,
  stem: 'cifar',
};

const specOf = ({ token, name, options }: AnyPlugin): Spec => {
  const keys = schemaKeys(options);
  const small = token.key === 'backbone' ? Object.entries(SMALL).filter(([key]) => keys.includes(key)) : [];
  const teacher = keys.includes('teacher') ? { teacher: { run: 'runs/teacher' } } : {};
  return [name, { ...Object.fromEntries(small), ...teacher, ...NEEDED[name] }];
};

/** Objectives and optimizers keep a state from step to step. */
const STEPS = 12;
/** What a backbone or a view does otherwise shows at once. */
const FEW_STEPS = 6;

interface Changes {
  readonly batch?: number;
  readonly size?: number;
  readonly parts?: (experiment: Experiment) => Partial<Experiment>;
}

/** A run of a tiny network on made-up images, with parts of it replaced. */
const experimentOf = async (
  objectives: readonly Spec[],
  { batch = 4, size = 8, parts = () => ({}) }: Changes = {},
): Promise<Experiment> => {
  const made = objectives.map((spec) => registry.make(OBJECTIVE, spec));
  const views = Math.max(1, ...made.map((objective) => objective.views ?? 1));
  const streams = made.some(({ name }) => SEMI.has(name))
    ? [
        streamOf({ name: 'labelled', views: 2 }),
        streamOf({ name: 'unlabelled', batch: 6, views: 2, labelled: false }),
      ]
    : [streamOf({ batch, views })];
  const network = await teacherFor(registry);
  const experiment = tinyExperiment(made, {
    steps: STEPS,
    streams,
    size,
    teacher: () => network,
    rate: 0.01,
  });
  return { ...experiment, ...parts(experiment) };
};

const RETINANET: Spec = ['retinanet', { width: 8, depth: 1 }];

/** A run of a detector on images of 64 pixels, with parts of it replaced. */
const boxesOf = async (
  objective: Spec,
  task: Spec,
  parts: Changes['parts'] = () => ({}),
): Promise<Experiment> => {
  const experiment = withBoxes(registry, await experimentOf([objective], { batch: 4, size: 64 }), task);
  return { ...experiment, ...parts(experiment) };
};

const SEMI: ReadonlySet<string> = new Set([
  'contrastive-semi-supervision',
  'pseudo-label',
  'mean-teacher',
  'fixmatch',
  'freematch',
  'softmatch',
]);

const SLOPES: ReadonlySet<string> = new Set(['gradient norm', 'state']);

const expectAgreement = async (
  prepare: () => Promise<Experiment>,
  { slopes = 1e-4, steps = STEPS }: { slopes?: number; steps?: number } = {},
): Promise<void> => {
  const runner = compiledRunner();
  const differences = await compareRunners(prepare, [eagerRunner(), runner], { steps });
  runner.dispose();
  for (const [name, difference] of Object.entries(differences))
    expect(difference, name).toBeLessThanOrEqual(SLOPES.has(name) ? slopes : 1e-4);
};

/** A few of a deep backbone's ReLUs switch where rounding differs. */
const DEEP = { slopes: 2e-3 };

const known = new Set<string>();

/**
 * Side of the images for a backbone; null where the same network was there before: with one block a stage, the longer ones
 * of a family are the shorter ones.
 */
const sizeFor = (factory: BackboneFactory): number | null => {
  const { model, taps } = factory({ classes: 5, size: [32, 32], seed: seedOf(1), blank: true });
  const layers = model.layers.map((layer) => [layer.getClassName(), layer.outputShape]);
  const key = JSON.stringify([layers, model.weights.map(({ shape }) => shape)]);
  model.dispose();
  if (known.has(key)) return null;
  known.add(key);
  return taps.at(-1)!.stride > 8 ? 32 : 16;
};

const named = (kind: Token<unknown>): (readonly [string, AnyPlugin])[] =>
  every(kind).map((plugin) => [plugin.name, plugin]);

describe('compiled steps give what eager steps give, step after step', () => {
  it.each(named(OBJECTIVE))('objective %s', async (name, plugin) => {
    const ofBoxes = BOX_METHODS.find(([objective]) => objective === name);
    await expectAgreement(
      () => (ofBoxes ? boxesOf(specOf(plugin), ofBoxes[1]) : experimentOf(['cross-entropy', specOf(plugin)])),
      ofBoxes && DEEP,
    );
  });

  it.each(named(BACKBONE))('backbone %s', async (_name, plugin) => {
    const backbone = registry.make(BACKBONE, specOf(plugin));
    const size = sizeFor(backbone);
    if (size === null) return;
    // Batch norm needs more than a few numbers, else it multiplies rounding: 8 images, 2 × 2 pixels in the last stage.
    // TensorFlow's batch norm sums thousands of rows one after the other, which is right to 1e-6. MobileNetV1, deep and
    // without shortcuts, makes 1e-5 of it, so that a few of its ReLUs switch at each step.
    await expectAgreement(
      () => experimentOf(['cross-entropy'], { batch: 8, size, parts: () => ({ backbone }) }),
      { ...DEEP, steps: FEW_STEPS },
    );
  });

  it.each(named(AUGMENTATION))('augmentation %s', async (_name, plugin) => {
    const view = (): Experiment['streams'][0]['views'] => [[registry.make(AUGMENTATION, specOf(plugin))]];
    const seen: Changes['parts'] = ({ streams: [first] }) => ({ streams: [{ ...first, views: view() }] });
    const mixes = view()[0]?.some((augmentation) => augmentation.mixes);
    await expectAgreement(
      () =>
        mixes ? boxesOf('retinanet-loss', RETINANET, seen) : experimentOf(['cross-entropy'], { parts: seen }),
      { ...(mixes && DEEP), steps: FEW_STEPS },
    );
  });

  it.each(named(OPTIMIZER))('optimizer %s', async (_name, plugin) => {
    const optimizer = registry.make(OPTIMIZER, specOf(plugin));
    await expectAgreement(() => experimentOf(['cross-entropy'], { parts: () => ({ optimizer }) }));
  });

  it('every metric', async () => {
    const all = every(METRIC).map((plugin) => registry.make(METRIC, specOf(plugin)));
    const ofBoxes = all.filter(({ reads }) => reads?.includes(DETECTIONS));
    // Those of several labels and of pixels need tasks that examples bring; they compute in plain JavaScript, whatever runs the step.
    const metrics = all.filter(({ targets = {} }) =>
      Object.values(targets).every((kind) => kind === 'class'),
    );
    await expectAgreement(() => experimentOf(['cross-entropy'], { parts: () => ({ metrics }) }));
    await expectAgreement(() => boxesOf('retinanet-loss', RETINANET, () => ({ metrics: ofBoxes })), DEEP);
  });
});
