import {
  findStream,
  HEAD,
  OBJECTIVE,
  plugin,
  type BuildContext,
  type BuiltObjective,
  type HeadFactory,
  type Objective,
} from '@understory/core';
import { spec, streamName, weight } from '@understory/core/zod';
import { z } from 'zod';
import { buildProjections, embed, seenBy } from '../selfSupervised/projections.ts';
import { tapNames } from '../taps.ts';
import { koLeo, uniformity } from './measures.ts';

const NAME = 'tap-spread';
const MEASURES = { koleo: koLeo, uniformity } as const;

const Settings = z.strictObject({
  weight: weight(0.1, 'each term'),
  measure: z
    .enum(['koleo', 'uniformity'])
    .default('koleo')
    .describe('distance to the nearest other image, or closeness to all of them'),
  taps: tapNames,
  includeFinal: z.boolean().default(true).describe('spread the pooled feature too'),
  view: z
    .int()
    .min(0)
    .default(0)
    .describe(
      'view that is spread, counted from 0: one alone, since two of an image are neighbours that belong together',
    ),
  stream: streamName(),
});
export const TapSpreadOptions = Settings.extend({
  head: spec.default('pool').describe('what makes an embedding of a map'),
});
export type TapSpreadOptions = z.input<typeof Settings> & { readonly head: HeadFactory };

const build = (
  { backbone, streams, seed }: BuildContext,
  head: HeadFactory,
  { weight, measure, taps, includeFinal, view, ...settings }: z.output<typeof Settings>,
): BuiltObjective => {
  const needs = { stream: settings.stream, views: view + 1, batch: 2 };
  const { name: stream } = findStream(NAME, streams, needs);
  const projections = buildProjections(NAME, backbone, taps, { head, seed, final: includeFinal });
  return {
    modules: Object.fromEntries(projections.map((p) => [p.name, p.head])),
    terms(step) {
      const seen = seenBy(step, { stream, view });
      const terms = projections.map((projection) => {
        const value = MEASURES[measure](embed(projection, seen, step.call));
        return [projection.name, { value, weight }] as const;
      });
      return { terms: Object.fromEntries(terms) };
    },
  };
};

/**
 * Keeps the embeddings of a batch apart on every tap: KoLeo (as in DINOv2), or uniformity (Wang & Isola 2020). Terms: one a tap
 * by its name, and `final`.
 */
export const tapSpread = ({ head, ...options }: TapSpreadOptions): Objective => {
  const settings = Settings.parse(options);
  const { stream } = settings;
  return {
    name: NAME,
    ...(stream !== undefined && { viewStreams: [stream] }),
    build: (context) => build(context, head, settings),
  };
};

export const tapSpreadPlugin = plugin({
  token: OBJECTIVE,
  name: NAME,
  summary: 'Keeps embeddings of intermediate stages apart: KoLeo or uniformity',
  when: 'Embeddings that collapse, beside a loss without negatives: an extra term beside others.',
  source: 'Sablayrolles et al. 2019 and Oquab et al. 2023 (DINOv2); Wang and Isola 2020; on every tap: ours',
  options: TapSpreadOptions,
  uses: { head: HEAD },
  create: tapSpread,
});
