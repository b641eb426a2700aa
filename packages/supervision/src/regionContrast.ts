import {
  BOXES,
  findStream,
  hasBoxes,
  HEAD,
  LOSS,
  OBJECTIVE,
  plugin,
  readBoxRows,
  roiAlign,
  runModule,
  UnderstoryError,
  untracked,
  type BuildContext,
  type BuiltObjective,
  type ContrastiveLoss,
  type HeadFactory,
  type Objective,
  type StepContext,
} from '@understory/core';
import { spec, weight as weightOption } from '@understory/core/zod';
import {
  cast,
  concat,
  floorDiv,
  gather,
  greater,
  maximum,
  minimum,
  mod,
  mul,
  range,
  reshape,
  slice,
  sub,
  sum,
  topk,
  zeros,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { buildHeads, chooseTaps, tapNames, type ChosenTap } from './taps.ts';

const NAME = 'region-contrast';

/** Side of a region's map in pixels. */
const SIDE = 7;

const Settings = z.strictObject({
  weight: weightOption(0.02, 'each contrastive term'),
  taps: tapNames,
  regions: z
    .int()
    .min(2)
    .max(4096)
    .default(64)
    .describe('boxes of a batch that are contrasted; where there are fewer, some stand twice'),
});
export const RegionContrastOptions = Settings.extend({
  loss: spec
    .default(['supcon', { temperature: 0.07 }])
    .describe('contrastive loss, with the classes of the boxes'),
  head: spec.default('sepconv').describe('projection head on the regions of each tap'),
});
export type RegionContrastOptions = z.input<typeof Settings> & {
  readonly loss: ContrastiveLoss;
  readonly head: HeadFactory;
};

/** The boxes that a step contrasts. */
interface Regions {
  /** One list a view, [N, 5] image, top, left, bottom, right; the same boxes in the same order. */
  readonly views: readonly Tensor2D[];
  /** [N] int32 */
  readonly classes: Tensor1D;
  /** [] 1, or 0 where the batch shows no box. */
  readonly any: Scalar;
}

/** Whether rows [B, M, 7] are boxes that can be seen: [B · M] 0 or 1. */
const seen = (rows: Tensor): Tensor1D => reshape(readBoxRows(rows).real, [-1]);

/** The places [count] int32 of what is seen in all views, in order and then again from the first, and how many there are. */
const chosenPlaces = (views: readonly Tensor[], count: number): readonly [Tensor1D, Scalar] => {
  const known = views.map(seen).reduce((a, b) => mul(a, b)); // [B · M]
  const total = known.shape[0];
  const found: Scalar = sum(known);
  const rank = mul(known, sub(total, range(0, total, 1, 'float32'))); // the first ones rank highest
  const listed = topk(rank, Math.min(count, total)).indices; // [≤ count] int32
  const most = minimum(maximum(found, 1), listed.shape[0]);
  const turn = cast(mod(range(0, count, 1, 'float32'), most), 'int32');
  return [gather<Tensor1D>(listed as Tensor1D, turn), found];
};

/** Chooses boxes that every view shows; no gradient flows through it. */
const regionsOf = (step: StepContext, stream: string, count: number): Regions => {
  const source = step.streams.find(({ name }) => name === stream);
  const numbers = Array.from({ length: source?.views ?? 1 }, (_, v) => v);
  const rows = numbers.map((view) => step.target(BOXES, { stream, view })); // each [B, M, 7]
  const [classes, found, ...views] = untracked((): readonly [Tensor, Tensor, ...Tensor[]] => {
    const [places, seenBoxes] = chosenPlaces(rows, count);
    const [, most = 1] = rows[0]!.shape;
    const image = reshape(cast(floorDiv(places, most), 'float32'), [-1, 1]); // [N, 1]
    const own = rows.map((all) => gather(reshape(all, [-1, 7]), places)); // each [N, 7]
    const label = reshape(cast(slice(own[0]!, [0, 4], [count, 1]), 'int32'), [-1]);
    const sides = own.map((all) => concat([image, slice(all, [0, 0], [count, 4])], 1));
    return [label, cast(greater(seenBoxes, 0), 'float32'), ...sides] as const;
  });
  return { classes: classes as Tensor1D, any: found as Scalar, views: views as Tensor2D[] };
};

const checkTarget = ({ targets, task }: BuildContext): void => {
  if (hasBoxes(targets)) return;
  throw new UnderstoryError(
    'no-target',
    `${NAME} contrasts the target "${BOXES}", rows of seven numbers, and the data of the task "${task}" has ` +
      `${Object.keys(targets).join(', ') || 'none'}. Take contrastive-deep-supervision, or a dataset of boxes.`,
  );
};

/** Embeddings of the regions of all views, first view first: [V · N, D]. */
const embedded = (
  step: StepContext,
  { index, stride, name }: ChosenTap,
  { views }: Regions,
  { modules, stream }: { readonly modules: BuiltObjective['modules']; readonly stream: string },
): Tensor2D => {
  const parts = views.map((regions, view) => {
    const map = step.rows(step.taps[index]!, { stream, view });
    const level: Tensor1D = zeros([regions.shape[0]], 'int32');
    return roiAlign([map], regions, level, { strides: [stride], size: SIDE, samples: 2, aligned: true });
  });
  return runModule(modules[name]!, concat(parts), step.call);
};

type Parts = Pick<RegionContrastOptions, 'loss' | 'head'>;

const build = (
  context: BuildContext,
  { loss, head }: Parts,
  { weight, taps: names, regions: count }: z.output<typeof Settings>,
): BuiltObjective => {
  checkTarget(context);
  const { name: stream } = findStream(NAME, context.streams, { labelled: true, views: 2 });
  const taps = chooseTaps(NAME, context.backbone, names).map((tap): ChosenTap => ({
    ...tap,
    shape: [SIDE, SIDE, tap.channels],
  }));
  const modules = buildHeads(context.backbone, taps, head, context.seed);
  return {
    modules,
    terms(step) {
      const regions = regionsOf(step, stream, count);
      const terms = taps.map((tap) => {
        const value = loss(embedded(step, tap, regions, { modules, stream }), regions.classes);
        return [tap.name, { value: mul<Scalar>(value, regions.any), weight }] as const;
      });
      return { terms: Object.fromEntries(terms) };
    },
  };
};

/**
 * Contrastive Deep Supervision of what boxes show: the map of each tap is cut out at the boxes (RoIAlign, He et al. 2017) of
 * every view, embedded by a projection head, and contrasted: the same box in two views belongs together, and so do boxes of one
 * class (Khosla et al. 2020). Terms: one a tap by its name; 0 where a batch shows no box. The weight is smaller than that of
 * contrastive deep supervision, since a detector's losses are.
 */
export const regionContrast = ({ loss, head, ...options }: RegionContrastOptions): Objective => {
  const settings = Settings.parse(options);
  return { name: NAME, views: 2, build: (context) => build(context, { loss, head }, settings) };
};

export const regionContrastPlugin = plugin({
  token: OBJECTIVE,
  name: NAME,
  summary: 'Contrastive losses on what boxes show, at intermediate stages: CDS while a detector trains',
  when: 'You train a detector: it takes the classes of boxes, where contrastive-deep-supervision takes whole images.',
  source: 'ours, after Zhang et al., ECCV 2022, and He et al., ICCV 2017 (RoIAlign)',
  options: RegionContrastOptions,
  uses: { loss: LOSS, head: HEAD },
  create: regionContrast,
});
