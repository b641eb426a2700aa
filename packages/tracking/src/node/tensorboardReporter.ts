import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { UnderstoryError, type Reporter, type RunEvent } from '@understory/core';
import { record, startEvent, summaryEvent, versionEvent, type Summary } from '../eventFile.ts';

export interface TensorboardSettings {
  /** Folder of the event files; one is added each time that the run goes on. */
  readonly folder: string;
  readonly now?: () => Date;
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
      return { step: event.step, summaries: scalars('validation', event.metrics) };
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

/** Writes TensorBoard's event files: `tensorboard --logdir runs`. Errors: `write-failed`. */
export const tensorboardReporter = ({ folder, now = () => new Date() }: TensorboardSettings): Reporter => {
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
  return {
    report(event) {
      try {
        if (event.type === 'start') open(event.step);
        const told = summariesOf(event);
        if (told && told.summaries.length > 0) {
          write(summaryEvent(now().getTime() / 1000, told.step, told.summaries));
        }
      } catch (cause) {
        const why = (cause as Error).message;
        const cure = 'Make room on the disk, or keep the runs on another one.';
        throw new UnderstoryError('write-failed', `Could not write to ${folder}: ${why}. ${cure}`, { cause });
      }
    },
    close,
  };
};
