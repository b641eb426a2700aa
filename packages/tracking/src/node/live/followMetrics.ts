import type { FileHandle } from 'node:fs/promises';
import {
  fileError,
  oneByOne,
  type DoneEvent,
  type EpochEvent,
  type StartEvent,
  type StepEvent,
  type WorkerSpeed,
} from '@understory/core';
import { isSoundEvent } from '../checkedEvents.ts';
import { parseLine, type MetricsLine } from '../metricsFile.ts';
import { followedSteps, type StepMean } from './followedSteps.ts';
import { openPlain } from './openPlain.ts';
import { lineReader, type LineReader } from './lineReader.ts';

type Told<T> = T & { readonly time: string };

/** What a run has told so far, in bounded memory. */
export interface Followed {
  readonly start?: Told<StartEvent>;
  readonly steps: readonly StepMean[];
  /** The last step that was read. */
  readonly lastStep?: Told<StepEvent>;
  /** What several workers told last of their speed. */
  readonly lastWorkers?: readonly WorkerSpeed[];
  readonly epochs: readonly Told<EpochEvent>[];
  readonly done?: Told<DoneEvent>;
  /** Lines that are no events of a run. */
  readonly unreadable: number;
  /** Of the steps of a long run every n-th is read; 1 where each is. */
  readonly every: number;
  /** How much of the file was read, 0 to 1. */
  readonly read: number;
}

/** Bytes of a file that are read at a time; the rest follows at the next look. */
const SLICE = 64 * 1024 * 1024;
/** Bytes of steps that are parsed of a file: of a larger one every n-th step is. */
const PARSED = 4 * 1024 * 1024;
const MOST_EPOCHS = 20_000;

const STEP = Buffer.from('"type":"step"');

interface State {
  readonly reader: LineReader;
  readonly inode: number;
  readonly every: number;
  readonly steps: ReturnType<typeof followedSteps>;
  readonly epochs: Told<EpochEvent>[];
  start?: Told<StartEvent>;
  lastStep?: Told<StepEvent>;
  lastWorkers?: readonly WorkerSpeed[];
  done?: Told<DoneEvent> | undefined;
  seen: number;
  unreadable: number;
}

const begin = (inode: number, size: number): State => ({
  reader: lineReader(),
  ...{ inode, every: Math.max(1, Math.ceil(size / PARSED)) },
  steps: followedSteps(),
  ...{ epochs: [], seen: 0, unreadable: 0 },
});

const keep = (state: State, line: MetricsLine): void => {
  if (line.type === 'step') {
    state.steps.add(line);
    state.lastStep = line;
    if (line.workers) state.lastWorkers = line.workers;
  } else if (line.type === 'epoch') {
    if (state.epochs.length < MOST_EPOCHS) state.epochs.push(line);
  } else if (line.type === 'start') {
    state.start = line;
    state.done = undefined;
  } else if (line.type === 'done') state.done = line;
};

const take = (state: State, bytes: Buffer): void => {
  // A step says so within its first hundred bytes, behind its time.
  if (state.every > 1 && bytes.subarray(0, 100).includes(STEP) && state.seen++ % state.every !== 0) return;
  const line = parseLine(bytes.toString('utf8'));
  if (line && isSoundEvent(line)) keep(state, line);
  else if (bytes.length > 0) state.unreadable++;
};

const toldOf = (state: State, size: number): Followed => ({
  ...(state.start && { start: state.start }),
  ...(state.lastStep && { lastStep: state.lastStep }),
  ...(state.lastWorkers && { lastWorkers: state.lastWorkers }),
  ...(state.done && { done: state.done }),
  steps: state.steps.means(),
  epochs: [...state.epochs],
  unreadable: state.unreadable + state.reader.tooLong,
  every: state.every,
  read: size === 0 ? 1 : state.reader.at / size,
});

/**
 * Follows a run's `metrics.jsonl`: each call reads what was added since the last one (64 MB at most), and gives all that is
 * known. Memory stays bounded whatever the file holds. A file that was written anew, as a resumed run does, is read anew.
 * Undefined where the file is not there. Errors: `read-failed`.
 */
export const followMetrics = (file: string): (() => Promise<Followed | undefined>) => {
  let state: State | undefined;
  const look = async (handle: FileHandle): Promise<Followed> => {
    const { size, ino } = await handle.stat();
    if (!state || state.inode !== ino || size < state.reader.at) state = begin(ino, size);
    const now = state;
    await now.reader.read(handle, Math.min(SLICE, size - now.reader.at), (bytes) => take(now, bytes));
    return toldOf(now, size);
  };
  const next = async (): Promise<Followed | undefined> => {
    let handle: FileHandle | undefined;
    try {
      handle = await openPlain(file);
      return handle && (await look(handle));
    } catch (error) {
      throw fileError('read', file, error);
    } finally {
      await handle?.close();
    }
  };
  // One look after the other: two at a time would both read what was added.
  const looks = oneByOne();
  return () => looks(next);
};
