import { fitted } from './width.ts';

/** How much a command says beside its results. */
export type Volume = 'quiet' | 'usual' | 'verbose';

// One process does one command: what its line asks for holds for all that it says.
let volume: Volume = 'usual';

export const setVolume = (to: Volume): void => {
  volume = to;
};

export const volumeIs = (one: Volume): boolean => volume === one;

/** A line of a result, on standard output. */
export const print = (line: string): void => void process.stdout.write(`${fitted(line)}\n`);

/** A line of how the work goes, on standard output; none where it is to be quiet. */
export const tell = (line: string): void => {
  if (!volumeIs('quiet')) print(line);
};

/** A line that is always to be read, on standard error: what is missing of a result. */
export const warn = (line: string): void => void process.stderr.write(`${fitted(line, process.stderr)}\n`);

/** A line that is no result, on standard error; none where it is to be quiet. */
export const say = (line: string): void => {
  if (!volumeIs('quiet')) warn(line);
};
