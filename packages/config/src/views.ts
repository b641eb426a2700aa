import type { Objective, Spec, Stream } from '@understory/core';
import type { ExperimentConfig } from './schema.ts';

/** Views as a config writes them: each a list of augmentations. */
export type ViewSpecs = readonly (readonly Spec[])[];

/** Views for configs that name none: `default`, and under other names those that were made for certain objectives. */
export interface ViewSets {
  readonly default: ViewSpecs;
  readonly [name: string]: ViewSpecs;
}

type Looking = Pick<Objective, 'views' | 'viewSet' | 'viewStreams'>;

/** The views of a stream where a config says nothing: as many as the objectives that look at it need. */
const chooseViews = (stream: string, objectives: readonly Looking[], sets: ViewSets): ViewSpecs => {
  const looking = objectives.filter(({ viewStreams }) => viewStreams?.includes(stream) ?? true);
  const wanted = Math.max(1, ...looking.map((o) => o.views ?? 1));
  const own = looking.find(({ viewSet }) => viewSet !== undefined && viewSet in sets)?.viewSet;
  return sets[own ?? 'default']!.slice(0, wanted);
};

/** A stream of a config, and the views in which it shows its images. */
export interface PlannedStream extends Omit<Stream, 'views'> {
  readonly views: ViewSpecs;
}

/** The streams that a config asks for, the one that paces the epochs first. */
export const planStreams = (
  { batch, views, unlabelled }: Pick<ExperimentConfig, 'batch' | 'views' | 'unlabelled'>,
  objectives: readonly Looking[],
  sets: ViewSets,
): readonly [PlannedStream, ...PlannedStream[]] => {
  const viewsOf = (stream: string, own = views): ViewSpecs => own ?? chooseViews(stream, objectives, sets);
  if (!unlabelled) return [{ name: 'train', batch, labelled: true, views: viewsOf('train') }];
  const first = { name: 'labelled', batch, labelled: true, views: viewsOf('labelled') };
  if (unlabelled.batch === 0) return [first];
  const other = { name: 'unlabelled', batch: unlabelled.batch, labelled: false };
  return [first, { ...other, views: viewsOf('unlabelled', unlabelled.views ?? views) }];
};
