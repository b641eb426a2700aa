import {
  UnderstoryError,
  unknownName,
  type Backbone,
  type HeadFactory,
  type Seed,
  type Tap,
} from '@understory/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { weightPoints } from './weightAt.ts';

/** Which stages to supervise: all but the last, or these. */
export const tapNames = z
  .union([z.literal('all'), z.array(z.string()).min(1)])
  .default('all')
  .describe('stages to supervise by name; "all" is every one but the last');
export type TapNames = z.output<typeof tapNames>;

/** A tap with its place among the backbone's outputs and the shape of its map, [h, w, c]. */
export interface ChosenTap extends Tap {
  readonly index: number;
  readonly shape: readonly [number, number, number];
}

const describeTap = ({ model, taps }: Backbone, index: number): ChosenTap => {
  const [, ...shape] = model.outputs[index]!.shape as [null, number, number, number];
  return { ...taps[index]!, index, shape };
};

/** The taps that the options name, shallow to deep. Throws where the backbone has none of that name. */
export const chooseTaps = (objective: string, backbone: Backbone, names: TapNames): readonly ChosenTap[] => {
  const known = backbone.taps.map((t) => t.name);
  const wanted = names === 'all' ? known.slice(0, -1) : names;
  const missing = wanted.find((name) => !known.includes(name));
  if (missing !== undefined)
    throw unknownName('tap', missing, known, `They are the stages of "${backbone.name}".`);
  if (wanted.length > 0)
    return known.flatMap((name, i) => (wanted.includes(name) ? [describeTap(backbone, i)] : []));
  throw new UnderstoryError(
    'no-taps',
    `${objective}: "${backbone.name}" has no stage before its last one. Choose a backbone with more taps.`,
  );
};

/** A head for each tap, by the tap's name. */
export const buildHeads = (
  backbone: Backbone,
  taps: readonly ChosenTap[],
  head: HeadFactory,
  seed: Seed,
): Record<string, LayersModel> =>
  Object.fromEntries(
    taps.map(({ name, index, shape }) => [
      name,
      head({
        name,
        towards: backbone.taps.slice(index),
        shape,
        features: backbone.features,
        seed: seed.at(name),
      }),
    ]),
  );

/** What methods that hang on every stage share: how much each term counts, and which stages. */
export const deepSettings = (described: string) =>
  ({
    weight: z.number().default(0.1).describe(described),
    schedule: weightPoints.optional(),
    perTap: z
      .record(z.string(), z.number())
      .default({})
      .describe('factor of the weight by tap name, or "final"; 1 where nothing is said'),
    taps: tapNames,
  }) as const;

/** Throws where `perTap` names what is not supervised. */
export const checkFactors = (
  objective: string,
  perTap: Readonly<Record<string, number>>,
  known: readonly string[],
): void => {
  const strange = Object.keys(perTap).find((name) => !known.includes(name));
  if (strange !== undefined) throw unknownName('tap', strange, known, `"perTap" of ${objective} names it.`);
};
