import { stat, type FileHandle } from 'node:fs/promises';
import {
  toldSplit,
  type DoneEvent,
  type EpochEvent,
  type StartEvent,
  type StepEvent,
} from '@understory/core';
import { isSoundEvent } from '../checkedEvents.ts';
import { readCrash, type Crash } from '../crash.ts';
import { isRunning } from '../lock.ts';
import { parseLine } from '../metricsFile.ts';
import { runFiles } from '../runFiles.ts';
import type { RunState } from '../listRuns.ts';
import { openPlain } from './openPlain.ts';

/** A run as a list shows it. */
export interface Glance {
  readonly state: RunState;
  /** Of a crashed run: the error. */
  readonly problem?: string;
  /** Milliseconds since 1970: when it started, and when it last told something. */
  readonly began: number;
  readonly lastTold: number;
  readonly epoch: number;
  readonly epochs: number;
  readonly step: number;
  readonly steps: number;
  readonly imagesPerSecond?: number;
  /** Of a done run: as `RunSummary.metrics`. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Units of those that are no fractions; absent where the run began without a word of them. */
  readonly units?: Readonly<Record<string, string>>;
}

/** Bytes at both ends of the file that are looked at: its first line, and the last of each kind, are there as a rule. */
const HEAD = 64 * 1024;
const TAIL = 256 * 1024;

const part = async (handle: FileHandle, from: number, to: number): Promise<Buffer> => {
  const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(to - from), 0, to - from, from);
  return buffer.subarray(0, bytesRead);
};

interface Kinds {
  readonly start: StartEvent;
  readonly step: StepEvent;
  readonly epoch: EpochEvent;
  readonly done: DoneEvent;
}
type Last<K extends keyof Kinds> = (Kinds[K] & { readonly time: string }) | undefined;

/** Lines say what they are within so many bytes, behind their time. */
const NEAR = 100;
/** Lines that are tried: a file of a run has none that are not sound. */
const TRIES = 20;

/** The last sound event of a kind; no other line is parsed. */
const lastIn = <K extends keyof Kinds>(bytes: Buffer, kind: K): Last<K> => {
  const mark = `"type":"${kind}"`;
  let at = bytes.lastIndexOf(mark);
  for (let tries = 0; at >= 0 && tries < TRIES; tries++) {
    const from = bytes.lastIndexOf(10, at) + 1;
    const end = bytes.indexOf(10, at);
    if (at - from < NEAR && end >= 0) {
      const line = parseLine(bytes.toString('utf8', from, end));
      if (line?.type === kind && isSoundEvent(line)) return line as unknown as Last<K>;
    }
    at = from > 0 ? bytes.lastIndexOf(mark, from - 1) : -1;
  }
  return undefined;
};

interface Ends {
  readonly last: <K extends keyof Kinds>(kind: K) => Last<K>;
  readonly size: number;
  readonly told: number;
}

const NOTHING: Ends = { last: () => undefined, size: 0, told: 0 };

const ends = async (file: string): Promise<Ends> => {
  const handle = await openPlain(file);
  if (!handle) return NOTHING;
  try {
    const { size, mtimeMs: told } = await handle.stat();
    const head = await part(handle, 0, Math.min(size, HEAD));
    const tail = size > HEAD ? await part(handle, Math.max(HEAD, size - TAIL), size) : Buffer.alloc(0);
    return { last: (kind) => lastIn(tail, kind) ?? lastIn(head, kind), size, told };
  } finally {
    await handle.close();
  }
};

/** What an unfinished run is that nobody trains. */
const ended = (crash: Crash | undefined): RunState => (crash ? 'crashed' : 'interrupted');

/**
 * What a list shows of a run, from a few hundred kilobytes of its metrics, whatever their size. Never fails: what cannot be read is
 * `damaged`.
 */
export const glanceAtRun = async (folder: string): Promise<Glance> => {
  const running = await isRunning(folder);
  try {
    const { last, size, told } = await ends(runFiles(folder).metrics);
    const [start, step, epoch, done] = [last('start'), last('step'), last('epoch'), last('done')];
    const finished = done?.aborted === false && done.step >= (step?.step ?? 0);
    const crash = running || finished ? undefined : await readCrash(folder);
    const began = start ? Date.parse(start.time) : told;
    return {
      state: size > 0 && !start ? 'damaged' : running ? 'running' : finished ? 'done' : ended(crash),
      ...(crash && { problem: crash.reason }),
      ...(start?.units && { units: start.units }),
      ...{ began: Number.isFinite(began) ? began : told, lastTold: told },
      ...{ epoch: epoch ? epoch.epoch + 1 : 0, epochs: start?.epochs ?? 0 },
      ...{ step: (step?.step ?? -1) + 1, steps: (start?.epochs ?? 0) * (start?.stepsPerEpoch ?? 0) },
      ...(step && Number.isFinite(step.imagesPerSecond) && { imagesPerSecond: step.imagesPerSecond }),
      metrics:
        (finished && done.result && done.result.best[toldSplit(done.result)]) || (epoch?.metrics ?? {}),
    };
  } catch {
    const told = await stat(folder).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    );
    const nothing = { epoch: 0, epochs: 0, step: 0, steps: 0, metrics: {} };
    return { state: running ? 'running' : 'damaged', began: told, lastTold: told, ...nothing };
  }
};
