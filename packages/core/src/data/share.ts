import type { StreamSource } from '../contracts/experiment.ts';
import type { Workers } from '../contracts/workers.ts';
import { mixerOf } from './view.ts';
import { UnderstoryError } from '../errors.ts';

/** Input and output of a step: whether this worker wants to stop, and the share of the workers that do. */
export const STOPPING = 'stopping';

/** Input and output of a step: what workers tell of their speed, and its mean. */
export const SPEEDS = 'speeds';

/** Rows of a batch that are one worker's. */
export interface Share {
  /** All workers have as many. The last ones may only fill the last workers' up: they count for nothing. */
  readonly own: Int32Array;
  /** Those of all workers, each once. */
  readonly all: Int32Array;
}

/**
 * A worker's share of what a step shows, in the order of the ranks. A last batch that does not divide is filled up with its
 * first images, at the end, so that shares are of one size.
 */
export const shareOf = (positions: Int32Array, { size, rank }: Pick<Workers, 'size' | 'rank'>): Share => {
  if (size === 1) return { own: positions, all: positions };
  const each = Math.ceil(positions.length / size);
  const own = Int32Array.from({ length: each }, (_, i) => positions[(rank * each + i) % positions.length]!);
  return { own, all: positions };
};

/** Whether shares of a batch are filled up. */
export const isFilled = ({ own, all }: Share, { size }: Pick<Workers, 'size'>): boolean =>
  own.length * size > all.length;

/** A stream that workers share; its views may not be known yet. */
type Shared = Pick<StreamSource, 'name' | 'batch'> & Partial<Pick<StreamSource, 'views'>>;

/** Errors: `workers`, where a batch cannot be shared out in equal parts, or a view mixes images that lie on several workers. */
export const checkShares = (
  { streams }: { readonly streams: readonly Shared[] },
  { size }: Pick<Workers, 'size'>,
): void => {
  for (const { name, batch, views = [] } of streams) {
    const mixing = size > 1 && mixerOf(views.flat());
    if (mixing)
      throw new UnderstoryError(
        'workers',
        `"${mixing.name}" mixes the images of a batch, and each of ${size} workers has a part of them: it would make other ` +
          `pictures than one worker does (stream "${name}"). Take it out of the views, or train with one worker.`,
      );
    if (batch % size === 0) continue;
    const near = [Math.floor(batch / size) * size, Math.ceil(batch / size) * size].filter((n) => n > 0);
    throw new UnderstoryError(
      'workers',
      `A batch of ${batch} images (stream "${name}") cannot be shared out to ${size} workers in equal parts. ` +
        `Give ${near.join(' or ')}, or another number of workers.`,
    );
  }
};
