import { counted } from '@understory/core';
import { duration, startText, type DryRun } from '@understory/runs';

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

/** What a dry run found, in lines. */
export const dryRunText = ({ start, steps, secondsPerStep, seconds, memory }: DryRun): string =>
  [
    startText(start),
    `Memory: ${gigabytes(memory.peak)} at most in ${counted(steps, 'step')}, of ${gigabytes(memory.machine)}`,
    `Time: ${(1000 * secondsPerStep).toFixed(0)} ms a step, about ${duration(seconds)} in all, and what is measured after each epoch`,
    `Nothing is kept. Train it: the same command without --dry-run`,
  ].join('\n');
