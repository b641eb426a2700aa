import { float32, seedOf, type RunResult } from '@understory/core';
import type { ReportInput, ReportMethod, TestPicture } from './input.ts';
import { drawFigure, labelsOf } from './figure.test.data.ts';
import { outcomesOf } from './math/outcomes.ts';
import { mistakesToShow } from './math/mistakesToShow.ts';

export const CLASSES = [
  ...['Activities', 'Animals & Nature', 'Flags', 'Food & Drink'],
  'Objects',
  'People & Body',
  'Smileys & Emotion',
  'Symbols',
  'Travel & Places',
];
const STEPS = 96;
const EPOCHS = 10;
const TEST = 762;
const SAMPLE = 400;
const STAGES = ['stage1', 'stage2', 'stage3', 'stage4'];

const seed = seedOf(7);

/** Classes that look alike, by class: where wrong answers go. */
const ALIKE = [4, 3, 7, 1, 8, 6, 5, 2, 4];

/** How good a made-up method is: its accuracy on test, the sharpness of its answers, and of each stage. */
interface Skill {
  readonly label: string;
  readonly summary: string;
  readonly accuracy: number;
  readonly sharpness: number;
  readonly stages: readonly number[];
  readonly terms: Readonly<Record<string, readonly [from: number, to: number]>>;
  readonly seconds: number;
  readonly heads: number;
}

const SKILLS: readonly Skill[] = [
  {
    label: 'baseline',
    summary: 'the task loss at the last layer alone',
    accuracy: 0.66,
    sharpness: 7,
    stages: [0.35, 0.55, 0.95, 2.1],
    terms: { 'cross-entropy/ce': [2.3, 0.62] },
    seconds: 74,
    heads: 0,
  },
  {
    label: 'deep supervision',
    summary: 'a classifier on every stage',
    accuracy: 0.655,
    sharpness: 6,
    stages: [0.6, 1.1, 1.6, 2],
    terms: {
      'cross-entropy/ce': [2.3, 0.68],
      'deep-supervision/stage1': [2.35, 1.6],
      'deep-supervision/stage2': [2.33, 1.2],
      'deep-supervision/stage3': [2.3, 0.85],
    },
    seconds: 91,
    heads: 45_408,
  },
  {
    label: 'contrastive deep supervision',
    summary: 'views contrasted on every stage, the task at the last',
    accuracy: 0.71,
    sharpness: 5,
    stages: [0.75, 1.25, 1.9, 2.5],
    terms: {
      'cross-entropy/ce': [2.3, 0.7],
      'contrastive/stage1': [5.4, 4.6],
      'contrastive/stage2': [5.4, 4.2],
      'contrastive/stage3': [5.4, 3.7],
      'contrastive/stage4': [5.4, 3.2],
    },
    seconds: 158,
    heads: 46_912,
  },
];

const history = (skill: Skill): Pick<ReportMethod, 'steps' | 'epochs'> => {
  const rng = seed.at('history', skill.label).rng();
  const steps = Array.from({ length: STEPS * EPOCHS }, (_, step) => {
    const left = Math.exp((-3.2 * step) / (STEPS * EPOCHS));
    const terms = Object.fromEntries(
      Object.entries(skill.terms).map(([name, [from, to]]) => [
        name,
        to + (from - to) * left + 0.14 * rng.normal() * Math.sqrt(to),
      ]),
    );
    const loss = Object.values(terms).reduce((sum, v, i) => sum + (i === 0 ? v : 0.1 * v), 0);
    return { step, loss, terms };
  });
  const epochs = Array.from({ length: EPOCHS }, (_, epoch) => {
    const accuracy = skill.accuracy - 0.5 * Math.exp(-0.45 * (epoch + 1)) + 0.012 * rng.normal();
    return {
      epoch,
      step: (epoch + 1) * STEPS,
      metrics: { accuracy, ece: 0.05 + 0.01 * (epoch + rng.uniform()), nll: 2 - 1.3 * accuracy },
    };
  });
  return { steps, epochs };
};

const predictions = (skill: Skill, labels: Int32Array): NonNullable<ReportMethod['predictions']> => {
  const classes = CLASSES.length;
  const logits = new Float32Array(labels.length * classes);
  labels.forEach((label, i) => {
    // The same images are hard for every method.
    const hard =
      seed.at('hard difficulty', i).rng().uniform() + 0.16 * seed.at('luck', skill.label, i).rng().normal();
    const rng = seed.at('answer', skill.label, i).rng();
    const named =
      hard < skill.accuracy ? label : rng.uniform() < 0.5 ? ALIKE[label]! : rng.integer(0, classes - 1);
    const sure = skill.sharpness * (0.3 + rng.uniform() * (hard < skill.accuracy ? 1 : 0.7));
    for (let c = 0; c < classes; c++)
      logits[i * classes + c] = rng.normal() * 0.7 + (c === named ? sure + 0.6 : 0);
  });
  return { classes, logits, labels };
};

const embedding = (skill: Skill, stage: number, labels: Int32Array): Float32Array => {
  const d = 16 << stage;
  const centres = CLASSES.map((_, c) => {
    const rng = seed.at('centre', stage, c).rng();
    return Array.from({ length: d }, () => rng.normal());
  });
  const out = new Float32Array(labels.length * d);
  labels.forEach((label, i) => {
    const rng = seed.at('embedding', skill.label, stage, i).rng();
    const other = centres[rng.uniform() < 0.25 ? ALIKE[label]! : label]!;
    const pull = (skill.stages[stage]! * 0.8 * (0.2 + 1.3 * rng.uniform())) / Math.sqrt(d) ** 0.8;
    for (let k = 0; k < d; k++) {
      out[i * d + k] = Math.max(
        0,
        0.4 + pull * (0.75 * centres[label]![k]! + 0.4 * other[k]!) + rng.normal() * 0.6,
      );
    }
  });
  return out;
};

const result = (accuracy: number): RunResult => {
  const split = (v: number): RunResult['best'] => ({
    validation: { accuracy: v + 0.01 },
    test: { accuracy: v },
  });
  return { selectOn: 'validation', bestEpoch: 8, last: split(accuracy - 0.006), best: split(accuracy) };
};

const methodOf = (skill: Skill, test: Int32Array, sample: Int32Array): ReportMethod => {
  const answers = predictions(skill, test);
  return {
    label: skill.label,
    summary: skill.summary,
    config: {
      backbone: 'resnet18',
      width: 0.25,
      batch: 32,
      epochs: EPOCHS,
      rate: 0.1,
      objective: Object.keys(skill.terms).join(', '),
    },
    ...history(skill),
    seconds: skill.seconds,
    parameters: { inference: 701_466, heads: skill.heads },
    engine: 'TensorFlow 2.21, compiled, 2 threads',
    predictions: answers,
    result: result(outcomesOf(answers).accuracy),
    embeddings: STAGES.map((stage, k) => {
      const values = embedding(skill, k, sample);
      const shape = [sample.length, values.length / sample.length];
      const rng = seed.at('again', skill.label, k).rng();
      const again = values.map((v) => Math.max(0, v + (rng.normal() * 0.6) / skill.stages[k]!));
      return { stage, values: float32(values, shape), again: float32(again, shape) };
    }),
  };
};

const picturesOf = (methods: readonly ReportMethod[], labels: Int32Array): Map<number, TestPicture> =>
  new Map(
    mistakesToShow(methods).map((at) => [
      at,
      { picture: drawFigure(labels[at]!, at), name: `figure ${at}, drawn by google` },
    ]),
  );

/** A report's input as the main job would give it, made up: three methods on figures in nine classes. */
export const sampleInput = (): ReportInput => {
  const test = labelsOf(TEST);
  const sampled = labelsOf(SAMPLE);
  const methods = SKILLS.map((skill) => methodOf(skill, test, sampled));
  return {
    title: 'Three ways to supervise a small network',
    date: '2026-11-23T12:00:00Z',
    dataset: { name: 'emoji', classes: CLASSES, sizes: { train: 2440, validation: 610, test: TEST } },
    methods,
    secondLook: 'mirrored and in other colours',
    sample: { labels: sampled, pictures: Array.from(sampled, (y, i) => drawFigure(y, i)) },
    views: {
      titles: ['crop, flip, cutout', 'crop, flip, colour jitter, sometimes grey'],
      samples: Array.from({ length: 12 }, (_, i) => ({
        label: i % 9,
        views: [drawFigure(i % 9, 1000 + i), drawFigure(i % 9, 2000 + i)],
      })),
    },
    pictures: picturesOf(methods, test),
    reproduce: {
      command: 'understory start --seed 1',
      seed: 1,
      versions: { understory: '0.1.0', node: '20.20.2', tensorflow: '2.21.0', system: 'linux x64, 2 cores' },
    },
  };
};
