import { open, readFile, type FileHandle } from 'node:fs/promises';
import { fileError, type RunEvent } from '@understory/core';
import { checkedEvents } from './checkedEvents.ts';

/** A line of `metrics.jsonl`: an event, and when it was written (ISO 8601). */
export type MetricsLine = RunEvent & { readonly time: string };

const TYPES: ReadonlySet<unknown> = new Set(['start', 'step', 'epoch', 'checkpoint', 'done']);

/** JSON knows no NaN and no infinity: such a number is written as null, and read as NaN. */
const reviveNumber = (key: string, value: unknown): unknown => (value === null && key !== '' ? NaN : value);

export const formatLine = (event: RunEvent, time: Date): string =>
  `${JSON.stringify({ time: time.toISOString(), ...event })}\n`;

/** What a run has told, and how many lines of it cannot be read. */
export interface MetricsFile {
  readonly lines: readonly MetricsLine[];
  readonly unreadable: number;
}

/** A line as an event; undefined where it is none. */
export const parseLine = (line: string): MetricsLine | undefined => {
  try {
    const value = JSON.parse(line, reviveNumber) as MetricsLine;
    return TYPES.has(value.type) ? value : undefined;
  } catch {
    return undefined;
  }
};

/** Reads what is whole; a line that a crash cut off is left out. */
export const parseLines = (text: string): MetricsLine[] =>
  text.split('\n').flatMap((line) => parseLine(line) ?? []);

const noFile =
  (file: string) =>
  (error: unknown): string => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw fileError('read', file, error);
  };

/** All events of a run, in order; none where the file is not there. */
export const readMetrics = async (file: string): Promise<MetricsLine[]> =>
  checkedEvents(parseLines(await readFile(file, 'utf8').catch(noFile(file))), file);

/** All events of a run, and how many lines are damaged; a last one that a crash cut off is not counted. */
export const readMetricsFile = async (file: string): Promise<MetricsFile> => {
  const text = await readFile(file, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  const written = whole.filter((line) => line.trim() !== '');
  const lines = written.flatMap((line) => parseLine(line) ?? []);
  return { lines, unreadable: written.length - lines.length };
};

const EDGE = 256 * 1024;

const readParts = async (handle: FileHandle, size: number, edge: number): Promise<MetricsLine[]> => {
  const part = async (from: number, to: number): Promise<MetricsLine[]> => {
    const { buffer } = await handle.read(Buffer.alloc(to - from), 0, to - from, from);
    return parseLines(buffer.toString('utf8'));
  };
  if (size <= 2 * edge) return part(0, size);
  const [head, tail] = [await part(0, edge), await part(size - edge, size)];
  // An epoch, or what a start says of its data, may be longer than what was read.
  const begins = head.some(({ type }) => type === 'start');
  const ends = tail.some(({ type }) => type === 'epoch' || type === 'done');
  return begins && ends ? [...head, ...tail] : readParts(handle, size, edge * 8);
};

/** The first and the last events of a run, without reading the megabytes between them. */
export const readEdges = async (file: string): Promise<MetricsLine[]> => {
  const handle = await open(file, 'r').catch(noFile(file));
  if (typeof handle === 'string') return [];
  try {
    return checkedEvents(await readParts(handle, (await handle.stat()).size, EDGE), file);
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
