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

const checkLabels = (objective: string, { name, labelled }: Stream, streams: readonly Stream[]): void => {
  if (labelled) return;
  const others = streams.filter((s) => s.labelled).map((s) => `"${s.name}"`);
  const cure =
    others.length > 0
      ? `Name a labelled stream: ${others.join(', ')}.`
      : 'Use an objective that looks at no labels, or labelled images.';
  refuse('no-labels', objective, `the stream "${name}" has no labels.`, cure);
};

const checkViews = (objective: string, { name, views: given }: Stream, views: number): void => {
  if (given >= views) return;
  const seen = `the stream "${name}" shows each image in ${given} view${given === 1 ? '' : 's'}.`;
  refuse('too-few-views', objective, seen, `Give it ${views} under "views".`);
};

const checkBatch = (objective: string, { name, batch: given, lastBatch }: Stream, batch: number): void => {
  const why = `It compares images: it needs at least ${batch} at once.`;
  if (given < batch) {
    const small = `the stream "${name}" has batches of ${given}.`;
    refuse('batch-too-small', objective, small, `${why} Set "batch" to ${batch} or more.`);
  }
  if (lastBatch !== undefined && lastBatch < batch) {
    const small = `the stream "${name}" ends its epochs with a batch of ${lastBatch}.`;
    refuse(
      'batch-too-small',
      objective,
      small,
      `${why} Set "lastBatch" to "drop", or choose another "batch".`,
    );
  }
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
  if (labelled) checkLabels(objective, found, streams);
  checkViews(objective, found, views);
  checkBatch(objective, found, batch);
  return found;
};
