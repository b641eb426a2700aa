import { seedOf, UnderstoryError } from '@understory/core';
import { damaged } from '@understory/core/testing';
import type { Reader } from './reader.ts';

/** An input on which a reader did what no reader may. */
export interface Fault {
  /** Number of the input: with the seed, all that it takes to make it again. */
  readonly input: number;
  readonly what: string;
}

export interface Tally {
  readonly inputs: number;
  readonly read: number;
  readonly refused: number;
  readonly faults: readonly Fault[];
  /** Longest input, in ms of CPU time: what else the machine does is not counted. */
  readonly slowest: number;
  /** Most memory that the process held, in MB. */
  readonly peak: number;
}

export interface Plan {
  readonly seed: number;
  /** First input, and how many there are. */
  readonly from: number;
  readonly count: number;
  /** The reader's own folder. */
  readonly folder: string;
  /** Told the number of each input before it is read, so that a crash or a hang leaves it behind. */
  readonly before?: (input: number) => void;
  /** CPU time in ms above which an input is a fault. Not for a test: a busy machine stretches CPU time too. */
  readonly slow?: number;
}

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** The input of a number: one of the samples, damaged. The first ones are the samples as they are. */
export const inputOf = (samples: readonly Uint8Array[], seed: number, input: number): Uint8Array =>
  samples[input] ?? damaged(samples, seedOf(seed).at(input).value);

const outcomeOf = async (
  reader: Reader,
  bytes: Uint8Array,
  folder: string,
): Promise<'read' | 'refused' | Error> => {
  try {
    await reader.read(bytes, folder);
    return 'read';
  } catch (error) {
    if (error instanceof UnderstoryError) return 'refused';
    return error instanceof Error ? error : new Error(String(error));
  }
};

/** Feeds a reader one input after the other, in this process. */
export const feed = async (reader: Reader, plan: Plan): Promise<Tally> => {
  const { seed, from, count, folder, before, slow = Infinity } = plan;
  const samples = await reader.samples(folder);
  const faults: Fault[] = [];
  const tally = { read: 0, refused: 0, slowest: 0 };
  for (let input = from; input < from + count; input++) {
    const bytes = inputOf(samples, seed, input);
    before?.(input);
    const began = cpuMs();
    const outcome = await outcomeOf(reader, bytes, folder);
    const took = cpuMs() - began;
    tally.slowest = Math.max(tally.slowest, took);
    if (took > slow) faults.push({ input, what: `took ${(took / 1000).toFixed(1)} s` });
    if (outcome instanceof Error) faults.push({ input, what: outcome.stack ?? String(outcome) });
    else tally[outcome]++;
  }
  return { inputs: count, ...tally, faults, peak: process.resourceUsage().maxRSS / 1024 };
};
