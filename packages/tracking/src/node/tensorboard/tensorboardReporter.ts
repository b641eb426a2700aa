import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import {
  UnderstoryError,
  type EpochEvent,
  type Insight,
  type Reporter,
  type RunEvent,
} from '@understory/core';
import { record, startEvent, summaryEvent, versionEvent, type Summary } from '../../eventFile.ts';
import { writeProjector } from './projector.ts';
import { viewPicture } from './viewPictures.ts';
import { weightHistograms } from './weightHistograms.ts';

export interface TensorboardSettings {
  /** Folder of the event files; one is added each time that the run goes on. */
  readonly folder: string;
  readonly now?: () => Date;
  /** A look into the training, for what follows; nothing of it is written where it is absent. */
  readonly insight?: Insight;
  /** Training images that are shown in their views at the start of each epoch; 0 where nothing is said. */
  readonly images?: number;
  /** Steps between two histograms of weights and gradients, 2 or more; none where nothing is said. */
  readonly histograms?: number | undefined;
  /** Validation images whose features the projector shows; 0 where nothing is said. */
  readonly projector?: number;
}

const scalars = (prefix: string, values: Readonly<Record<string, number>>): Summary[] =>
  Object.entries(values).map(([name, scalar]) => ({ tag: `${prefix}/${name}`, scalar }));

/** What TensorBoard shows of an event: at which step, and the values by tag. */
export const summariesOf = (event: RunEvent): { step: number; summaries: Summary[] } | undefined => {
  switch (event.type) {
    case 'step': {
      const { step, loss, rate, gradientNorm, imagesPerSecond, waiting } = event;
      const speed = scalars('speed', { 'images per second': imagesPerSecond, waiting });
      return {
        step,
        summaries: [
          ...scalars('loss', { total: loss, ...event.terms }),
          ...scalars('rate', { rate }),
          ...scalars('gradient', { norm: gradientNorm }),
          ...speed,
        ],
      };
    }
    case 'epoch':
      return { step: event.step, summaries: scalars(event.split ?? 'validation', event.metrics) };
    case 'done': {
      if (!event.result) return undefined;
      const { best, last } = event.result;
      return {
        step: event.step,
        summaries: [...scalars('test/best', best.test), ...scalars('test/last', last.test)],
      };
    }
    default:
      return undefined;
  }
};

/** Names sort by time, which is how readers order the files of a folder. */
const fileName = (time: Date): string => {
  const seconds = String(Math.floor(time.getTime() / 1000)).padStart(10, '0');
  const milliseconds = String(time.getTime() % 1000).padStart(3, '0');
  return `events.out.tfevents.${seconds}.${milliseconds}.${hostname()}.${process.pid}`;
};

/** The file that a run's events go to; a new one each time that the run goes on. */
const eventLog = (folder: string, now: () => Date) => {
  let descriptor: number | undefined;
  const write = (event: Uint8Array): void => {
    if (descriptor !== undefined) writeFileSync(descriptor, record(event));
  };
  const close = (): void => {
    if (descriptor !== undefined) closeSync(descriptor);
    descriptor = undefined;
  };
  const open = (step: number): void => {
    close();
    mkdirSync(folder, { recursive: true });
    const time = now();
    descriptor = openSync(join(folder, fileName(time)), 'a');
    write(versionEvent(time.getTime() / 1000));
    write(startEvent(time.getTime() / 1000, step));
  };
  const add = (step: number, summaries: readonly Summary[]): void => {
    if (summaries.length > 0) write(summaryEvent(now().getTime() / 1000, step, summaries));
  };
  return { open, add, close };
};

/** What is looked at beside the numbers that an event tells, at its step; undefined where nothing is. */
const looking = ({ folder, insight, images = 0, histograms, projector = 0 }: TensorboardSettings) => {
  if (!insight || (images === 0 && histograms === undefined && projector === 0)) return undefined;
  const weights = histograms === undefined ? undefined : weightHistograms(insight, histograms);
  let [epochs, perEpoch, projected] = [0, 1, false];
  const viewsAt = async (step: number): Promise<Summary[]> =>
    images > 0 && step < epochs * perEpoch ? viewPicture(insight, Math.floor(step / perEpoch), images) : [];
  const project = async ({ best, epoch }: Pick<EpochEvent, 'best' | 'epoch'>): Promise<void> => {
    if (projector === 0 || !(best || (!projected && epoch + 1 === epochs))) return;
    await writeProjector(folder, await insight.features(projector));
    projected = true;
  };
  return async (event: RunEvent): Promise<Summary[]> => {
    if (event.type === 'start') [epochs, perEpoch] = [event.epochs, event.stepsPerEpoch];
    if (event.type === 'start') return viewsAt(event.step);
    if (event.type === 'step') return (await weights?.(event.step)) ?? [];
    if (event.type !== 'epoch') return [];
    await project(event);
    return viewsAt(event.step);
  };
};

/**
 * Writes TensorBoard's event files: `tensorboard --logdir runs`. With an insight also views, histograms of weights, and what the projector
 * shows: the features of the best weights so far. Errors: `write-failed`.
 */
export const tensorboardReporter = (settings: TensorboardSettings): Reporter => {
  const { folder, now = () => new Date() } = settings;
  const log = eventLog(folder, now);
  const look = looking(settings);
  const write = (work: () => void): void => {
    try {
      work();
    } catch (cause) {
      const why = (cause as Error).message;
      const cure = 'Make room on the disk, or keep the runs on another one.';
      throw new UnderstoryError('write-failed', `Could not write to ${folder}: ${why}. ${cure}`, { cause });
    }
  };
  const report = (event: RunEvent): void | Promise<void> => {
    const { step } = event;
    if (event.type === 'start') write(() => log.open(step));
    const told = summariesOf(event);
    if (told) write(() => log.add(told.step, told.summaries));
    return look?.(event).then((seen) => write(() => log.add(step, seen)));
  };
  return { report, close: () => log.close() };
};
