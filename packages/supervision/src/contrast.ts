import {
  affinityOf,
  gatherRows,
  LABEL,
  targetsOfKind,
  UnderstoryError,
  unknownName,
  type ContrastiveLoss,
  type Positives,
  type StepContext,
  type Stream,
  type Targets,
  type TargetSpec,
} from '@understory/core';
import { concat, range, type Scalar, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';

/** How embeddings of a step's streams are compared. */
export interface Contrast {
  readonly loss: ContrastiveLoss;
  /** For streams without labels. */
  readonly unlabelled?: ContrastiveLoss | undefined;
  /** The target that says which images belong together; none where each image belongs to its own views alone. */
  readonly target?: PositiveTarget | undefined;
  readonly combine: 'separate' | 'joint';
}

/** A target by name, and what it is. */
export interface PositiveTarget {
  readonly name: string;
  readonly kind: TargetSpec['kind'];
}

/**
 * The target by which images belong together: the one that is named, else the task's class, another class, or labels. Errors:
 * `unknown-name` where there is none of that name.
 */
export const positiveTarget = (
  objective: string,
  targets: Targets,
  name: string | undefined,
): PositiveTarget | undefined => {
  const own = targets[LABEL]?.kind === 'class' ? LABEL : undefined;
  const chosen = name ?? own ?? targetsOfKind(targets, 'class')[0] ?? targetsOfKind(targets, 'labels')[0];
  if (chosen === undefined) return undefined;
  const spec = targets[chosen];
  if (!spec)
    throw unknownName('target', chosen, Object.keys(targets), `"positives" of ${objective} names it.`);
  return { name: chosen, kind: spec.kind };
};

/** What belongs together in a stream's batch, of all workers' rows: labels, or how alike each two are. */
const positivesOf = (
  { target: find, workers }: StepContext,
  { name, batch }: Stream,
  target: PositiveTarget | undefined,
): Positives => {
  if (!target) return range(0, batch * workers.size, 1, 'int32');
  const known = gatherRows(find(target.name, { stream: name, view: 0 }), workers);
  return target.kind === 'class' ? (known as Tensor1D) : affinityOf(target.kind, known);
};

/** Rows of one stream or of all, stacked as the step stacks them. */
export type Embedded = (stream: string, view?: number) => Tensor2D;

/** Throws where a loss takes the rows of a stream to be other views than they are. */
const checkViews = (
  objective: string,
  streams: readonly Stream[],
  { loss, unlabelled = loss }: Contrast,
): void => {
  for (const { name, views, labelled } of streams) {
    const { views: wanted = views } = labelled ? loss : unlabelled;
    if (wanted === views) continue;
    const what = `${objective}: the stream "${name}" shows each image in ${views} views, and its loss is one of ${wanted}.`;
    const cure = `Give it ${wanted} under "views", or a loss that takes ${views}: ["supcon", { "views": ${views} }].`;
    throw new UnderstoryError('views-differ', `${what} ${cure}`);
  }
};

/** Throws where a stream has no labels and nothing says how to contrast it. */
const checkLabels = (objective: string, streams: readonly Stream[], contrast: Contrast): void => {
  const without = streams.find((s) => !s.labelled);
  if (!without || (contrast.combine === 'joint' && streams.some((s) => s.labelled))) return;
  if (contrast.unlabelled) return;
  throw new UnderstoryError(
    'no-labels',
    `${objective}: the stream "${without.name}" has no labels for its loss. Set "unlabelled" to a loss of views ` +
      `(['ntxent', { temperature: 0.07 }]), or name the labelled streams under "streams".`,
  );
};

/** Throws where one loss over all streams has no class to tell labelled images by. */
const checkClasses = (objective: string, { combine, target }: Contrast): void => {
  if (combine !== 'joint' || target?.kind === 'class') return;
  throw new UnderstoryError(
    'task',
    `${objective}: combine "joint" needs one class an image. Use "separate".`,
  );
};

/** Throws where streams and losses do not fit together. */
export const checkContrast = (objective: string, streams: readonly Stream[], contrast: Contrast): void => {
  checkClasses(objective, contrast);
  checkLabels(objective, streams, contrast);
  checkViews(
    objective,
    streams,
    contrast.combine === 'joint' ? { ...contrast, unlabelled: contrast.loss } : contrast,
  );
};

/** What a loss makes of embeddings, and the factor that belongs to it. */
export interface Contrasted {
  readonly value: Scalar;
  readonly factor: number;
}

const factorOf = ({ factor }: ContrastiveLoss, [, width]: Tensor2D['shape']): number => factor?.(width) ?? 1;

/** One term for each stream, over the rows of all workers: the first has no suffix. */
const separately = (
  step: StepContext,
  streams: readonly Stream[],
  embedded: Embedded,
  { loss, unlabelled = loss, target }: Contrast,
): Record<string, Contrasted> =>
  Object.fromEntries(
    streams.map((stream, i) => {
      const rows = gatherRows(embedded(stream.name), step.workers, stream.views);
      const own = stream.labelled ? loss : unlabelled;
      const value = stream.labelled ? own(rows, positivesOf(step, stream, target)) : own(rows);
      return [i === 0 ? '' : `/${stream.name}`, { value, factor: factorOf(own, rows.shape) }];
    }),
  );

/** One term over all rows: images without a label get a number of their own, below 0, so that only their views belong together. */
const jointly = (
  step: StepContext,
  streams: readonly Stream[],
  embedded: Embedded,
  { loss, target }: Contrast,
): Record<string, Contrasted> => {
  let lowest = 0;
  const groups = streams.map(({ name, labelled, batch }): Tensor1D => {
    if (labelled) {
      const known = step.target(target?.name ?? LABEL, { stream: name, view: 0 });
      return gatherRows(known as Tensor1D, step.workers);
    }
    const all = batch * step.workers.size;
    lowest -= all;
    return range(lowest, lowest + all, 1, 'int32');
  });
  const views = Array.from({ length: streams[0]!.views }, (_, v) =>
    streams.map(({ name }) => gatherRows(embedded(name, v), step.workers)),
  );
  const rows = concat(views.flat());
  return { '': { value: loss(rows, concat(groups)), factor: factorOf(loss, rows.shape) } };
};

/** Contrastive terms of one tap by suffix of its name, not weighted. */
export const contrastTerms = (
  context: StepContext,
  streams: readonly Stream[],
  embedded: Embedded,
  contrast: Contrast,
): Record<string, Contrasted> =>
  contrast.combine === 'joint'
    ? jointly(context, streams, embedded, contrast)
    : separately(context, streams, embedded, contrast);
