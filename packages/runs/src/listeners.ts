import type { Reporter } from '@understory/core';

/** Told a line that a user should read. */
export type Say = (line: string) => void;

/** Says each line once: what is set up for every row of a comparison or table has the same to say. */
export const once = (say: Say): Say => {
  const said = new Set<string>();
  return (line) => {
    if (!said.has(line)) say(line);
    said.add(line);
  };
};

/** Told how far a long preparation is: so many of so many things of a kind (`images`). */
export type OnProgress = (done: number, total: number, what: string) => void;

/** Who is told of several runs. */
export interface Listeners {
  readonly say: Say;
  readonly onProgress?: OnProgress;
  /** Readers of the events of a run, by its name. */
  readonly reporters?: (run: string) => readonly Reporter[];
}
