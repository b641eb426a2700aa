import {
  findStream,
  runModule,
  UnderstoryError,
  type Backbone,
  type CallArgs,
  type Forward,
  type HeadFactory,
  type Seed,
  type Stream,
} from '@understory/core';
import { streamName } from '@understory/core/zod';
import { reshape, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { chooseTaps } from '../taps.ts';

/** What a method projects: the pooled feature, and maps of stages. */
export const projectionSettings = {
  taps: z
    .union([z.enum(['none', 'all']), z.array(z.string()).min(1)])
    .default('none')
    .describe(
      'stages that learn it too, by name; "all" is every one but the last, "none" the pooled feature alone',
    ),
  stream: streamName(),
} as const;

export type ProjectedTaps = z.output<(typeof projectionSettings)['taps']>;

/** What is embedded: a tap's map, or the pooled feature as a map of one position. */
export interface Projection {
  /** The tap's name, or `final`. */
  readonly name: string;
  readonly head: LayersModel;
  /** Rows of the map [R, h, w, c] in what a network made of images. */
  readonly mapOf: (seen: Pick<Forward, 'taps' | 'pooled'>) => Tensor;
}

export interface ProjectionParts {
  readonly head: HeadFactory;
  readonly seed: Seed;
  /** Whether the pooled feature is embedded; true where nothing is said. */
  readonly final?: boolean | undefined;
}

/** A head for each of the taps, and for the pooled feature. */
export const buildProjections = (
  objective: string,
  backbone: Backbone,
  taps: ProjectedTaps,
  { head, seed, final = true }: ProjectionParts,
): readonly Projection[] => {
  const chosen = taps === 'none' ? [] : chooseTaps(objective, backbone, taps);
  const { features } = backbone;
  const stages = chosen.map(({ name, index, shape }): Projection => {
    const towards = backbone.taps.slice(index);
    const made = head({ name, towards, shape, features, seed: seed.at(name) });
    return { name, head: made, mapOf: (seen) => seen.taps[index]! };
  });
  if (!final) return stages;
  const [name, towards] = ['final', backbone.taps.slice(-1)] as const;
  const made = head({ name, towards, shape: [1, 1, features], features, seed: seed.at(name) });
  const mapOf: Projection['mapOf'] = ({ pooled }) => reshape(pooled, [-1, 1, 1, features]);
  return [...stages, { name, head: made, mapOf }];
};

/** Embeddings [B, D] of a projection, not normalised. */
export const embed = (
  { head, mapOf }: Projection,
  seen: Pick<Forward, 'taps' | 'pooled'>,
  call: CallArgs,
): Tensor2D => runModule(head, mapOf(seen), call);

/** One stream's rows of what the network made of a step. */
export const seenBy = (
  {
    rows,
    taps,
    pooled,
  }: Forward & { readonly rows: <T extends Tensor>(x: T, at: { stream: string; view?: number }) => T },
  at: { readonly stream: string; readonly view?: number },
): Pick<Forward, 'taps' | 'pooled'> => ({
  taps: taps.map((t) => rows(t, at)),
  pooled: rows(pooled, at),
});

/** The stream of exactly two views that a method compares. */
export const twoViewStream = (
  objective: string,
  streams: readonly Stream[],
  needs: { readonly stream: string | undefined; readonly batch: number },
): Stream => {
  const found = findStream(objective, streams, { ...needs, views: 2 });
  if (found.views === 2) return found;
  const seen = `${objective}: the stream "${found.name}" shows each image in ${found.views} views, and it compares two.`;
  throw new UnderstoryError('views-differ', `${seen} Give it 2 under "views".`);
};
