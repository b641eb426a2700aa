import { open, readFile, type FileHandle } from 'node:fs/promises';
import { fileError, UnderstoryError, type RunEvent } from '@understory/core';
import { eventFault, isEventType } from './eventFault.ts';

/** A line of `metrics.jsonl`: an event, and when it was written (ISO 8601). */
export type MetricsLine = RunEvent & { readonly time: string };

/** JSON knows no NaN and no infinity: such a number is written as null, and read as NaN. */
const reviveNumber = (key: string, value: unknown): unknown => (value === null && key !== '' ? NaN : value);

export const formatLine = (event: RunEvent, time: Date): string =>
  `${JSON.stringify({ time: time.toISOString(), ...event })}\n`;

const parseLine = (line: string): unknown => {
  try {
    return JSON.parse(line, reviveNumber);
  } catch {
    return undefined;
  }
};

/**
 * Reads what is whole; a line that a crash cut off is left out. Errors: `bad-metrics` where a line is no event that a
 * run writes; `source` is what the message calls the text.
 */
export const parseLines = (text: string, source = 'metrics.jsonl'): MetricsLine[] =>
  text.split('\n').flatMap((line) => {
    const value = parseLine(line) as MetricsLine | null | undefined;
    if (!isEventType(value?.type)) return [];
    const fault = eventFault(value);
    if (fault === undefined) return [value];
    const what = `a line of type "${value.type}" whose "${fault}" is missing, or not what a run writes`;
    throw new UnderstoryError(
      'bad-metrics',
      `${source} holds ${what}. Train the run again, or delete its folder.`,
    );
  });

const noFile =
  (file: string) =>
  (error: unknown): string => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw fileError('read', file, error);
  };

/** All events of a run, in order; none where the file is not there. */
export const readMetrics = async (file: string): Promise<MetricsLine[]> =>
  parseLines(await readFile(file, 'utf8').catch(noFile(file)), file);

interface Opened {
  readonly handle: FileHandle;
  readonly file: string;
  readonly size: number;
}

const EDGE = 256 * 1024;

const readParts = async ({ handle, file, size }: Opened, edge: number): Promise<MetricsLine[]> => {
  const part = async (from: number, to: number): Promise<MetricsLine[]> => {
    const { buffer } = await handle.read(Buffer.alloc(to - from), 0, to - from, from);
    return parseLines(buffer.toString('utf8'), file);
  };
  if (size <= 2 * edge) return part(0, size);
  const tail = await part(size - edge, size);
  // An epoch may be longer than what was read.
  const ends = tail.some(({ type }) => type === 'epoch' || type === 'done');
  return ends ? [...(await part(0, edge)), ...tail] : readParts({ handle, file, size }, edge * 8);
};

/** The first and the last events of a run, without reading the megabytes between them. */
export const readEdges = async (file: string): Promise<MetricsLine[]> => {
  const handle = await open(file, 'r').catch(noFile(file));
  if (typeof handle === 'string') return [];
  try {
    return await readParts({ handle, file, size: (await handle.stat()).size }, EDGE);
  } catch (error) {
    throw fileError('read', file, error);
  } finally {
    await handle.close();
  }
};

/**
 * The lines that stay when a run goes on at `step`, the one that comes next: those of steps before it, and of epochs
 * that had ended by then.
 */
export const linesBefore = (
  lines: readonly MetricsLine[],
  step: number,
  stepsPerEpoch: number,
): MetricsLine[] =>
  lines.filter((line) => {
    if (line.type === 'epoch') return (line.epoch + 1) * stepsPerEpoch <= step;
    if (line.type === 'checkpoint') return line.step <= step;
    return line.type !== 'done' && line.step < step;
  });
