import { readFileSync } from 'node:fs';
import { rowAt, type Dataset, type Samples, type Targets, type Task } from '@understory/core';
import {
  mistakesToShow,
  type Examples,
  type MeasuredNumber,
  type ReportInput,
  type TestPicture,
} from '@understory/report';
import { chosen, EMBEDDED, exampleChoice } from './chosen.ts';
import { pictures, type Collected } from './collect.ts';
import { labelsOf } from './labelsOf.ts';

const picturesOf = async (
  samples: Samples,
  positions: readonly number[],
): Promise<Map<number, TestPicture>> => {
  if (positions.length === 0) return new Map();
  const all = pictures(await samples.read(positions), samples.size);
  return new Map(positions.map((p, i) => [p, { picture: all[i]!, name: samples.describe(p) }]));
};

/** Targets with those that the task needs before the others. */
const inOrder = (targets: Targets, task: Pick<Task, 'targets'>): Targets => {
  const needed = Object.keys(task.targets).filter((name) => targets[name]);
  const names = [...new Set([...needed, ...Object.keys(targets)])];
  return Object.fromEntries(names.map((name) => [name, targets[name]!]));
};

/** A handful of test images with what is true of them; undefined where there are none. */
const examplesOf = async (samples: Samples, task: Pick<Task, 'targets'>): Promise<Examples | undefined> => {
  const positions = exampleChoice(samples);
  if (positions.length === 0) return undefined;
  const known = await samples.readTargets(positions);
  const shown = pictures(await samples.read(positions), samples.size);
  return {
    targets: inOrder(samples.targets, task),
    images: positions.map((p, i) => ({
      picture: shown[i]!,
      name: samples.describe(p),
      targets: rowAt(known, i),
    })),
  };
};

/** What any of the methods measured; the goal is not told where they do not agree. */
const measuredBy = (collected: readonly Collected[]): MeasuredNumber[] => {
  const found = new Map<string, MeasuredNumber>();
  for (const { numbers } of collected)
    for (const number of numbers) {
      const known = found.get(number.name);
      found.set(number.name, known && known.goal !== number.goal ? { name: number.name } : number);
    }
  return [...found.values()];
};

const version = (): string => {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
};

export interface ReportRequest {
  readonly title: string;
  readonly command: string;
  readonly seed: number;
}

/** Puts together what a report shows of several methods on one dataset. */
export const reportInput = async (
  { title, command, seed }: ReportRequest,
  { name, classes, train, validation, test }: Dataset,
  collected: readonly Collected[],
  views: ReportInput['views'],
): Promise<ReportInput> => {
  const methods = collected.map((c) => c.method);
  const { task } = collected[0]!;
  const positions = chosen(test, EMBEDDED);
  const labels = labelsOf(test, positions, classes);
  const examples = await examplesOf(test, task);
  const shown = positions.length > 0 ? pictures(await test.read(positions), test.size) : [];
  return {
    title,
    date: new Date().toISOString(),
    task: [...new Set(collected.map((c) => c.task.name))].join(', '),
    dataset: {
      name,
      classes,
      sizes: { train: train.length, validation: validation.length, test: test.length },
    },
    methods,
    metrics: measuredBy(collected),
    ...(examples && { examples }),
    sample: { ...(labels && { labels }), pictures: shown },
    ...(views && { views }),
    pictures: await picturesOf(test, mistakesToShow(methods)),
    reproduce: { command, seed, versions: { understory: version(), node: process.versions.node } },
  };
};
