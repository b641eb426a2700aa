import { closeSync, existsSync, fstatSync, openSync, statSync, writeFileSync } from 'node:fs';
import { UnderstoryError, type Reporter, type RunEvent, type StartEvent } from '@understory/core';
import { formatLine, linesBefore, readMetrics } from './metricsFile.ts';
import { replaceFile, writeAtomic } from './writeAtomic.ts';

export interface MetricsReporterSettings {
  /** `metrics.jsonl` of a run. */
  readonly file: string;
  readonly now?: () => Date;
}

const noHistory = (file: string, step: number): UnderstoryError =>
  new UnderstoryError(
    'metrics',
    `${file} is missing, and the run goes on at step ${step}: what it told until then would be lost. ` +
      'Put it back, or start a new run without --resume.',
  );

/** Drops what a resumed run will tell again, and opens the file for the rest. */
const openFrom = async (file: string, { step, stepsPerEpoch }: StartEvent): Promise<number> => {
  if (step === 0) await writeAtomic(file, '');
  else {
    if (!existsSync(file)) throw noHistory(file, step);
    const kept = linesBefore(await readMetrics(file), step, stepsPerEpoch);
    await replaceFile(file, kept.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }
  return openSync(file, 'a');
};

/** Whether a file that is open is still found by its name: a system lets one write to a deleted file in silence. */
const isThere = (descriptor: number, file: string): boolean => {
  try {
    return fstatSync(descriptor).ino === statSync(file).ino;
  } catch {
    return false;
  }
};

const gone = (file: string): UnderstoryError =>
  new UnderstoryError(
    'write-failed',
    `${file} was moved or deleted while the run goes on. The run has ended: put its folder back and --resume it.`,
  );

/**
 * Writes each event as one JSON object a line, at once, so that a killed run keeps what it told. A start at step s
 * drops the lines of steps s and later, in one atomic rewrite: no step stands in the file twice.
 * Numbers that are not finite are written as null. Errors: `write-failed`, also where the file vanishes meanwhile;
 * `metrics` where a run goes on whose file is not there.
 */
export const metricsReporter = ({ file, now = () => new Date() }: MetricsReporterSettings): Reporter => {
  let descriptor: number | undefined;
  const append = (event: RunEvent): void => {
    try {
      descriptor ??= openSync(file, 'a');
      writeFileSync(descriptor, formatLine(event, now()));
    } catch (cause) {
      const cure = 'Make room on the disk; the run can be resumed.';
      const why = (cause as Error).message;
      throw new UnderstoryError('write-failed', `Could not write to ${file}: ${why}. ${cure}`, { cause });
    }
    if (!isThere(descriptor, file)) throw gone(file);
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
