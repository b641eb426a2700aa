import { availableParallelism } from 'node:os';
import {
  FRAME,
  rowAt,
  type Dataset,
  type Experiment,
  type NdArray,
  type NdArrays,
  type Samples,
  type Targets,
  type Task,
} from '@understory/core';
import {
  mistakesToShow,
  type Examples,
  type KeptSeeds,
  type MeasuredNumber,
  type ReportInput,
  type TestPicture,
} from '@understory/report';
import { ownVersion, processorName } from '../run/provenance.ts';
import { chosen, EMBEDDED, exampleChoice } from './chosen.ts';
import type { Collected } from './collect.ts';
import { labelsOf } from './labelsOf.ts';
import { cut, seenPictures } from './pictures.ts';
import { SECOND_LOOK } from './secondLook.ts';

type Crop = Experiment['inferenceCrop'];

const picturesOf = async (
  samples: Samples,
  positions: readonly number[],
  crop: Crop,
): Promise<Map<number, TestPicture>> => {
  const all = await seenPictures(samples, positions, crop);
  return new Map(positions.map((p, i) => [p, { picture: all[i]!, name: samples.describe(p) }]));
};

/** Targets with those that the task needs before the others; a frame is told by its picture. */
const inOrder = (targets: Targets, task: Pick<Task, 'targets'>): Targets => {
  const needed = Object.keys(task.targets).filter((name) => targets[name]);
  const names = [...new Set([...needed, ...Object.keys(targets)])].filter((name) => name !== FRAME);
  return Object.fromEntries(names.map((name) => [name, targets[name]!]));
};

/** A network's image without what fills it up on the right and below, where its frame is known. */
const withoutFill = (picture: NdArray, { [FRAME]: frame }: NdArrays): NdArray => {
  const [top, left, bottom = 0, right = 0] = frame?.data ?? [];
  const [height = 0, width = 0] = picture.shape;
  const [low, far] = [Math.min(height, Math.ceil(bottom)), Math.min(width, Math.ceil(right))];
  // Boxes count from the image's corner, so that nothing may be cut off there.
  return top === 0 && left === 0 && low > 0 && far > 0 ? cut(picture, [0, 0, low, far]) : picture;
};

/** A handful of test images with what is true of them; undefined where there are none. */
export const examplesOf = async (
  samples: Samples,
  task: Pick<Task, 'targets'>,
  crop: Crop,
): Promise<Examples | undefined> => {
  const positions = exampleChoice(samples);
  if (positions.length === 0) return undefined;
  const known = await samples.readTargets(positions);
  const shown = await seenPictures(samples, positions, crop);
  return {
    targets: inOrder(samples.targets, task),
    images: positions.map((p, i) => {
      const targets = rowAt(known, i);
      return { picture: withoutFill(shown[i]!, targets), name: samples.describe(p), targets };
    }),
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

const versions = (): Record<string, string> => ({ understory: ownVersion(), node: process.versions.node });

/** What a run's numbers depend on beside its config: they repeat to the last bit with the same of these alone. */
const machine = (collected: readonly Collected[]): Record<string, string> => {
  const processor = processorName();
  const precisions = new Set(
    collected.flatMap(({ method: { config } }) => config?.['engine.precision'] ?? []),
  );
  return {
    ...(processor !== undefined && { processor }),
    threads: process.env['TF_NUM_INTRAOP_THREADS'] ?? String(availableParallelism()),
    ...(precisions.size > 0 && { precision: [...precisions].join(', ') }),
  };
};

/** The middle that all networks see of images; whole images where they do not see the same of them. */
const sharedCrop = ([first, ...others]: readonly Collected[]): Crop =>
  others.every(({ crop }) => String(crop) === String(first?.crop)) ? first?.crop : undefined;

export interface ReportRequest {
  readonly title: string;
  readonly command: string;
  readonly seed: number;
  /** What other seeds reached, where that is known. */
  readonly kept?: KeptSeeds;
}

/** Puts together what a report shows of several methods on one dataset. */
export const reportInput = async (
  { title, command, seed, kept }: ReportRequest,
  { name, classes, credit, train, validation, test }: Dataset,
  collected: readonly Collected[],
  views: ReportInput['views'],
): Promise<ReportInput> => {
  const { withLikeness } = await import('./likeness.ts');
  const methods = await withLikeness(collected.map((c) => c.method));
  const { task } = collected[0]!;
  const positions = chosen(test, EMBEDDED);
  const labels = labelsOf(test, positions, classes);
  const crop = sharedCrop(collected);
  const examples = await examplesOf(test, task, crop);
  const shown = await seenPictures(test, positions, crop);
  return {
    title,
    date: new Date().toISOString(),
    task: [...new Set(collected.map((c) => c.task.name))].join(', '),
    dataset: {
      name,
      classes,
      ...(credit !== undefined && { credit }),
      sizes: { train: train.length, validation: validation.length, test: test.length },
    },
    methods,
    metrics: measuredBy(collected),
    units: Object.assign({}, ...collected.map(({ finished }) => finished.start.units ?? {})) as Record<
      string,
      string
    >,
    ...(examples && { examples }),
    sample: { ...(labels && { labels }), pictures: shown },
    ...(labels && { secondLook: SECOND_LOOK }),
    ...(views && { views }),
    pictures: await picturesOf(test, mistakesToShow(methods), crop),
    ...(kept && { kept }),
    reproduce: { command, seed, versions: { ...versions(), ...machine(collected) } },
  };
};
