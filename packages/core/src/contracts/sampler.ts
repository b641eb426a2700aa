import { token } from '../plugin.ts';
import type { Seed } from '../random.ts';

/** What a sampler chooses from. */
export interface SamplerRequest {
  /** Training images. */
  readonly length: number;
  /** Class of each training image [N], where each has one. */
  readonly groups?: Int32Array;
  /** Shard of each training image [N], where images lie in shards. */
  readonly shards?: Int32Array;
  /** Names of all classes. */
  readonly classes: readonly string[];
}

/**
 * Order of an epoch: N positions of images, where some may come more than once and others not at all. A pure function of
 * the epoch's seed, so that a run can go on from any step.
 */
export type EpochOrder = (seed: Seed) => Int32Array;

/** Says which images an epoch shows, in which order. It keeps an epoch's number of images, and so of steps. */
export type Sampler = (request: SamplerRequest) => EpochOrder;
export const SAMPLER = token<Sampler>('sampler');
