import type { Stream } from '../contracts/objective.ts';
import { UnderstoryError, unknownName } from '../errors.ts';

/** What an objective asks of the stream that it works on. */
export interface StreamNeeds {
  /** By name; the step's first stream by default. */
  readonly stream?: string | undefined;
  /** Fewest views of each image. */
  readonly views?: number;
  /** Fewest images in a batch. */
  readonly batch?: number;
  readonly labelled?: boolean;
}

const refuse = (code: string, objective: string, what: string, cure: string): never => {
  throw new UnderstoryError(code, `${objective}: ${what} ${cure}`);
};

/** The stream that an objective works on. Throws where there is none, or where it lacks what the objective needs. */
export const findStream = (
  objective: string,
  streams: readonly Stream[],
  { stream, views = 1, batch = 1, labelled = false }: StreamNeeds = {},
): Stream => {
  const found = stream === undefined ? streams[0] : streams.find((s) => s.name === stream);
  const known = streams.map((s) => s.name);
  if (!found) throw unknownName('stream', stream ?? 'first', known, `"${objective}" needs it.`);
  const named = `the stream "${found.name}"`;
  if (labelled && !found.labelled)
    refuse('no-labels', objective, `${named} has no labels.`, 'Name a labelled stream.');
  if (found.views < views) {
    const seen = `${named} shows each image in ${found.views} view${found.views === 1 ? '' : 's'}.`;
    refuse('too-few-views', objective, seen, `Give it ${views} views.`);
  }
  if (found.batch < batch) {
    const small = `${named} has batches of ${found.batch}.`;
    refuse('batch-too-small', objective, small, `It compares images: give it at least ${batch} a batch.`);
  }
  return found;
};
