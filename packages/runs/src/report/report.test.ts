import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cast, mean, sigmoid, square, sub, type Scalar } from '@tensorflow/tfjs-core';
import { checkConfig, type ExperimentInput } from '@understory/config';
import {
  activation,
  BACKBONE,
  classSamples,
  DATASET,
  eagerRunner,
  METRIC,
  OBJECTIVE,
  plugin,
  TASK,
  uint8,
  type AnyPlugin,
  type BackboneFactory,
  type Dataset,
  type DatasetFactory,
  type Metric,
  type Objective,
  type Samples,
  type Task,
} from '@understory/core';
import { tinyBackbone, tinyExperiment } from '@understory/core/testing';
import { defaultPlugins } from '@understory/recipes';
import { createRegistry } from '@understory/registry';
import { html, SECTION, type ReportInput, type ReportSection } from '@understory/report';
import { expect, it } from 'vitest';
import { trainContenders, writeReport, type Compared, type Contender } from './compareRuns.ts';
import { reportInput } from './reportInput.ts';

const NoOptions = { parse: (): object => ({}) };
const made = tinyExperiment([]).dataset;
/** Images have the tag of their place and of the next; their groups are none of the dataset's classes. */
const tagged = ({ train }: Dataset): Samples => ({
  ...train,
  targets: { tags: { kind: 'labels', dtype: 'uint8', shape: [5] } },
  readTargets: (positions) => {
    const rows = Array.from(positions).flatMap((p) =>
      Array.from({ length: 5 }, (_, c) => Number(c === p % 5 || c === (p + 1) % 5)),
    );
    return Promise.resolve({ tags: uint8(Uint8Array.from(rows), [positions.length, 5]) });
  },
  groups: Int32Array.from({ length: train.length }, (_, i) => i % 9),
});

const tags: Task = {
  name: 'tags',
  objectives: ['tag-error'],
  metrics: ['hits'],
  targets: { tags: 'labels' },
  activate: ({ logits }) => ({ probabilities: activation('probabilities', 'sigmoid', logits!) }),
  decode: ({ probabilities }, { classes }) => ({
    kind: 'labels',
    labels: classes.map((name, c) => ({ class: name, probability: probabilities!.data[c]! })),
    chosen: classes.filter((_, c) => probabilities!.data[c]! > 0.5),
  }),
};
const tagError: Objective = {
  name: 'tag-error',
  build: () => ({
    modules: {},
    terms: ({ outputs, target }) => ({
      terms: {
        error: {
          value: mean<Scalar>(square(sub(sigmoid(outputs['logits']!), cast(target('tags'), 'float32')))),
          weight: 1,
        },
      },
    }),
  }),
};
/** Share of tags that are right, and how wrong they are: two numbers of one metric. */
const hits: Metric = {
  name: 'hits',
  goal: 'max',
  reads: ['probabilities'],
  begin() {
    let [right, all] = [0, 0];
    return {
      add({ outputs, targets }) {
        outputs['probabilities']!.data.forEach((p, i) => {
          all++;
          if (p > 0.5 === (targets['tags']!.data[i] === 1)) right++;
        });
      },
      end: () => ({ 'tag-hits': right / all, 'tag-misses': 1 - right / all }),
    };
  },
};

const section = (name: string): AnyPlugin =>
  plugin({
    ...{ token: SECTION, name, summary: 'a section' },
    options: { parse: (value) => value as { readonly text?: string } },
    create: ({ text = name }): ReportSection => ({
      name,
      build: ({ examples, methods, task }) => ({
        ...{ id: name, short: name, title: name },
        body: html`<p>${[text, task, examples?.images.length, ...methods.map((m) => m.label)].join(' ')}</p>`,
      }),
    }),
  });

let opened = made;
const plugins: readonly AnyPlugin[] = [
  plugin({
    ...{ token: DATASET, name: 'made-up', summary: 'noise', options: NoOptions },
    create: (): DatasetFactory => () => Promise.resolve(opened),
  }),
  plugin({
    ...{ token: BACKBONE, name: 'tiny', summary: 'small', options: NoOptions },
    create:
      (): BackboneFactory =>
      ({ classes, size: [size], seed }) =>
        tinyBackbone({ classes, size, planes: [2, 2, 3, 3], seed: seed.value }),
  }),
  plugin({ ...{ token: TASK, name: 'tags', summary: 'tags', options: NoOptions }, create: () => tags }),
  plugin({ token: OBJECTIVE, name: 'tag-error', summary: 'x', options: NoOptions, create: () => tagError }),
  plugin({ token: METRIC, name: 'hits', summary: 'x', options: NoOptions, create: () => hits }),
  section('first'),
  section('second'),
];
const registry = createRegistry([...defaultPlugins, ...plugins]);

const contender = (name: string, more: Partial<ExperimentInput>): Contender => ({
  label: name,
  config: checkConfig(
    {
      ...{ name, epochs: 1, batch: 10, views: [[]], dataset: 'made-up', backbone: 'tiny' },
      schedule: ['constant', { rate: 0.01 }],
      ...more,
    },
    registry,
  ),
});

/** A page with its white space made small, narrow spaces and all. */
const pageOf = async (compared: Compared): Promise<string> =>
  readFileSync(await writeReport(REQUEST, compared), 'utf8').replaceAll(/\s+/g, ' ');

const REQUEST = { title: 'A comparison', command: 'again', seed: 0 };

const compared = async (
  dataset: Dataset,
  contenders: readonly [Contender, ...Contender[]],
): Promise<{
  readonly compared: Compared;
  readonly input: ReportInput;
  readonly said: readonly string[];
}> => {
  opened = dataset;
  const runs = mkdtempSync(path.join(tmpdir(), 'understory-report-'));
  const said: string[] = [];
  const trained = await trainContenders({
    ...{ contenders, registry, runner: eagerRunner(), folder: runs, runs },
    say: (line) => said.push(line),
  });
  if ('stopped' in trained) throw new Error('It was stopped.');
  const input = await reportInput(REQUEST, trained.dataset, trained.collected, trained.views);
  return { compared: trained, input, said };
};

it('tells of a task without a class an image what it measured and said, and adds the sections of all configs', async () => {
  const samples = tagged(made);
  const dataset = { ...made, train: samples, validation: samples, test: samples };
  const seen = await compared(dataset, [
    contender('plain', { task: 'tags', sections: ['first'] }),
    contender('other', { task: 'tags', seed: 1, sections: [['first', { text: 'mine' }], 'second'] }),
  ]);
  const { input } = seen;
  expect(input.task).toBe('tags');
  expect(input.metrics).toEqual([
    { name: 'tag-hits', goal: 'max' },
    { name: 'tag-misses', goal: 'max' },
  ]);
  expect(input.sample!.labels).toBeUndefined();
  expect(input.views!.samples.every(({ label }) => label === undefined)).toBe(true);
  expect(Object.keys(input.examples!.targets)).toEqual(['tags']);
  expect(input.examples!.images).toHaveLength(8);
  for (const { predictions, examples } of input.methods) {
    expect(predictions).toBeUndefined();
    expect(examples!.map((p) => p?.kind)).toEqual(Array.from({ length: 8 }, () => 'labels'));
  }
  expect(seen.said).toContain(
    'Section "first" of the report has the options of "plain"; those of "other" differ.',
  );
  const page = await pageOf(seen.compared);
  const ids = [...page.matchAll(/<section id="([\w-]+)"/g)].map((m) => m[1]);
  expect(ids).toEqual(['result', 'curves', 'views', 'predictions', 'stages', 'again', 'first', 'second']);
  expect(page).toContain('<p>first tags 8 plain other</p>');
  expect(page).toMatch(/<h1>\w+ reaches tag-hits/);
});

it('keeps the sections of classes for a task of one class an image, from labels that are read batch by batch', async () => {
  const dataset = { ...made, validation: made.train, test: made.train };
  const { input, compared: trained } = await compared(dataset, [
    contender('classes', { objectives: ['cross-entropy'] }),
  ]);
  const [{ predictions, examples } = {}] = input.methods;
  expect([...predictions!.labels]).toEqual([...made.train.groups!]);
  expect(predictions!.logits).toHaveLength(20 * 5);
  expect(examples!.every((p) => p?.kind === 'class')).toBe(true);
  expect(input.metrics).toEqual([
    { name: 'accuracy', goal: 'max' },
    { name: 'ece', goal: 'min' },
  ]);
  const page = await pageOf(trained);
  expect(page).not.toContain('id="predictions"');
  expect(page).toContain('id="confusions"');
});

it('takes classes from the task’s target, whatever groups its samples are kept in', async () => {
  const { length, groups } = made.train;
  const grouped: Samples = {
    ...classSamples({ ...made.train, labels: groups! }),
    groups: Int32Array.from({ length }, () => 3),
  };
  const { input } = await compared({ ...made, train: grouped, validation: grouped, test: grouped }, [
    contender('grouped', { objectives: ['cross-entropy'] }),
  ]);
  expect([...input.methods[0]!.predictions!.labels]).toEqual([...groups!]);
});

it('shows of test images what the networks saw of them, and all where they saw other parts', async () => {
  const dataset = { ...made, validation: made.train, test: made.train };
  const one = (name: string, side: number) =>
    contender(name, { objectives: ['cross-entropy'], inferenceCrop: [side, side] });
  const { input } = await compared(dataset, [one('narrow', 5), one('narrow-too', 5)]);
  const pictures = input.sample?.pictures ?? [];
  const mistakes = [...(input.pictures?.values() ?? [])];
  const shown = [...pictures, ...[...input.examples!.images, ...mistakes].map(({ picture }) => picture)];
  expect(shown.length).toBeGreaterThan(20);
  for (const { shape } of shown) expect(shape).toEqual([5, 5, 3]);
  const first = await made.train.read([0]);
  // Of 8 rows and columns five from the third on: 1.5 goes to the even 2.
  expect([...(pictures[0]?.data.subarray(0, 15) ?? [])]).toEqual([
    ...first.subarray((2 * 8 + 2) * 3, (2 * 8 + 7) * 3),
  ]);
  const { input: other } = await compared(dataset, [one('narrow', 5), one('wide', 8)]);
  expect(other.sample?.pictures?.[0]?.shape).toEqual([8, 8, 3]);
});

it('shows nothing of test images where there are none', async () => {
  const samples = tagged(made);
  const none = { ...samples, length: 0 };
  const { input, compared: trained } = await compared(
    { ...made, train: samples, validation: samples, test: none },
    [contender('untested', { task: 'tags' })],
  );
  expect(input.examples).toBeUndefined();
  const page = await pageOf(trained);
  expect(page).toMatch(/<h1>Untested reaches tag-hits [\d.]+ % on 20 validation images/);
});
