import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { UnderstoryError, type Reporter, type RunEvent, type StartEvent } from '@understory/core';
import { formatLine, linesBefore, readMetrics } from './metricsFile.ts';
import { writeAtomic } from './writeAtomic.ts';

export interface MetricsReporterSettings {
  /** `metrics.jsonl` of a run. */
  readonly file: string;
  readonly now?: () => Date;
}

/** Drops what a resumed run will tell again, and opens the file for the rest. */
const openFrom = async (file: string, { step, stepsPerEpoch }: StartEvent): Promise<number> => {
  const kept = step === 0 ? [] : linesBefore(await readMetrics(file), step, stepsPerEpoch);
  await writeAtomic(file, kept.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return openSync(file, 'a');
};

/**
 * Writes each event as one JSON object a line, at once, so that a killed run keeps what it told. A start at step s
 * drops the lines of steps s and later, in one atomic rewrite: no step stands in the file twice.
 * Numbers that are not finite are written as null. Errors: `write-failed`.
 */
export const metricsReporter = ({ file, now = () => new Date() }: MetricsReporterSettings): Reporter => {
  let descriptor: number | undefined;
  const append = (event: RunEvent): void => {
    try {
      if (descriptor === undefined) {
        mkdirSync(dirname(file), { recursive: true });
        descriptor = openSync(file, 'a');
      }
      writeSync(descriptor, formatLine(event, now()));
    } catch (cause) {
      const cure = 'Make room on the disk; the run can be resumed.';
      const why = (cause as Error).message;
      throw new UnderstoryError('write-failed', `Could not write to ${file}: ${why}. ${cure}`, { cause });
    }
  };
  const close = (): void => {
    if (descriptor !== undefined) closeSync(descriptor);
    descriptor = undefined;
  };
  return {
    async report(event) {
      if (event.type === 'start') {
        close();
        descriptor = await openFrom(file, event);
      }
      append(event);
    },
    close,
  };
};
