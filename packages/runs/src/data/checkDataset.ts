import { buildExperiment, type ExperimentConfig, type Locate, type OpenKey } from '@understory/config';
import {
  DATASET,
  permutation,
  readSpec,
  seedOf,
  UnderstoryError,
  type Dataset,
  type LeftOut,
  type Registry,
  type Samples,
  type Spec,
  type SplitName,
  type StreamSource,
} from '@understory/core';
import type { OfficialDataset } from '@understory/datasets';
import { defaultViews } from '@understory/recipes/experiments';
import type { OnProgress, Say } from '../listeners.ts';
import { contactSheet, type Tile } from '../pictures/contactSheet.ts';
import { writePicture } from '../pictures/writePicture.ts';
import { loadCpu } from '../session.ts';
import { suitConfig } from '../suit/suitConfig.ts';
import { checkPictures, type PictureCheck } from './checkPictures.ts';
import { classNumbers, type ClassNumbers } from './classNumbers.ts';
import { countData, type SplitCounts } from './countData.ts';
import { compareOfficial, type OfficialComparison } from './officialCounts.ts';
import { tilesOf, viewTiles } from './tiles.ts';

/** What a contact sheet shows, and where it goes. */
export interface SheetRequest {
  /** A .png file. */
  readonly file: string;
  /** Whether a file that is there may be replaced. */
  readonly overwrite: boolean;
  readonly split: SplitName;
  /** How many images. */
  readonly images: number;
  /** Also shows them as each view of the config does; training images alone have views. */
  readonly views: boolean;
}

export interface CheckDatasetRequest {
  readonly config: ExperimentConfig;
  /** What it leaves to its data. */
  readonly open: readonly OpenKey[];
  readonly registry: Registry;
  readonly locate?: Locate | undefined;
  /** What is published of the dataset, to compare its counts with. */
  readonly official?: OfficialDataset | undefined;
  /** Whether a size of the images may be chosen for a dataset that wants one: there is no config that says it. */
  readonly mayChooseSize?: boolean;
  /** Leaves out what decodes every picture: unreadable ones, duplicates, means. */
  readonly quick?: boolean;
  readonly sheet: SheetRequest;
  readonly say: Say;
  readonly onProgress?: OnProgress;
}

export interface DatasetCheck {
  readonly name: string;
  readonly classes: readonly string[];
  /** Height and width of the network's images. */
  readonly size: readonly [number, number];
  readonly fit: NonNullable<Dataset['fit']>;
  readonly splits: readonly SplitCounts[];
  readonly leftOut: readonly LeftOut[];
  readonly official?: OfficialComparison;
  readonly numbers: ClassNumbers;
  /** Absent after a quick check. */
  readonly pictures?: PictureCheck;
}

/** Tiles in a row of a sheet. */
const COLUMNS = 6;

/** Some positions from all over a split, by chance, class by class where images have one each. */
const chosen = (
  { length, groups }: Samples,
  { count, without }: { readonly count: number; readonly without: ReadonlySet<number> },
  seed: number,
): number[] => {
  const order = [...permutation(length, seedOf(seed).at('sheet').rng())];
  const all = order.filter((position) => !without.has(position));
  if (!groups) return all.slice(0, count).sort((a, b) => a - b);
  const byClass = new Map<number, number[]>();
  for (const position of all) {
    const c = groups[position] ?? -1;
    const own = byClass.get(c);
    if (own) own.push(position);
    else byClass.set(c, [position]);
  }
  const classes = [...byClass].sort(([a], [b]) => a - b).map(([, positions]) => positions);
  const each = Math.max(1, Math.floor(count / classes.length));
  return classes.flatMap((positions) => positions.slice(0, each)).slice(0, count);
};

const streamOf = async (
  { registry, locate, say, ...request }: CheckDatasetRequest,
  dataset: Dataset,
): Promise<StreamSource> => {
  loadCpu();
  const { config } = suitConfig(request.config, { registry, open: request.open, dataset });
  const { streams } = await buildExperiment(registry, config, {
    ...{ defaultViews: defaultViews(), dataset, say },
    ...(locate && { locate }),
  });
  return streams[0];
};

/** Each image beside its views. */
const withViews = (tiles: readonly Tile[], views: readonly (readonly Tile[])[]): readonly Tile[] =>
  tiles.flatMap((tile, i) => [tile, ...views.flatMap((view) => view[i] ?? [])]);

const sheetOf = async (
  request: CheckDatasetRequest,
  dataset: Dataset,
  unreadable: PictureCheck['unreadable'] = [],
): Promise<void> => {
  const { sheet, config } = request;
  const { classes } = dataset;
  const stream = sheet.views ? await streamOf(request, dataset) : undefined;
  const samples = stream?.samples ?? dataset[sheet.split];
  if (samples.length === 0)
    throw new UnderstoryError(
      'empty-split',
      `${dataset.name} has no ${sheet.split} images to show. Choose another --split.`,
    );
  const without = new Set(
    unreadable.flatMap(({ split, position }) => (split === sheet.split ? [position] : [])),
  );
  const positions = chosen(samples, { count: sheet.images, without }, config.seed);
  if (positions.length === 0)
    throw new UnderstoryError(
      'empty-split',
      `None of the ${samples.length} ${sheet.split} images of ${dataset.name} can be read. Choose another --split.`,
    );
  const tiles = await tilesOf(samples, positions, classes);
  const views = stream ? await viewTiles(stream, config.seed, positions, { classes }) : [];
  const group = 1 + views.length;
  const columns = Math.max(1, Math.floor(COLUMNS / group)) * group;
  await writePicture(await contactSheet(withViews(tiles, views), columns), sheet.file, sheet.overwrite);
};

const openAs = (spec: Spec, { config, registry, onProgress }: CheckDatasetRequest): Promise<Dataset> =>
  registry.make(
    DATASET,
    spec,
  )({
    seed: seedOf(config.seed).at('dataset'),
    ...(onProgress && { progress: onProgress }),
  });

/** Size of the images on a sheet where a dataset's own cannot be told by its first picture. */
const SIZE = [224, 224];

/** Opens the dataset; where it has no size yet because nobody wrote a config, with one that does for looking at it. */
const openDataset = async (request: CheckDatasetRequest): Promise<Dataset> => {
  const { config, mayChooseSize, say } = request;
  try {
    return await openAs(config.dataset, request);
  } catch (error) {
    const [name, options] = readSpec(config.dataset) ?? [];
    const isSizeless = error instanceof UnderstoryError && ['no-size', 'bad-image'].includes(error.code);
    if (mayChooseSize !== true || !isSizeless || name === undefined || options?.['size'] !== undefined)
      throw error;
    const dataset = await openAs([name, { ...options, size: SIZE }], request);
    say(`Images are looked at in ${SIZE.join(' × ')} pixels; --set size="[h, w]" takes another size.`);
    return dataset;
  }
};

/**
 * Opens a config's dataset, counts what it holds, beside the official counts where there are some, decodes every picture to find
 * unreadable ones and duplicates, and draws a sheet of some images with what is true of them. Errors: those of the dataset and
 * of views that cannot work on it, `empty-split`, `write-failed`.
 */
export const checkDataset = async (request: CheckDatasetRequest): Promise<DatasetCheck> => {
  const { onProgress } = request;
  const dataset = await openDataset(request);
  try {
    const splits = await countData(dataset);
    const { name, classes, train, fit = 'cover', leftOut } = dataset;
    const pictures = request.quick === true ? undefined : await checkPictures(dataset, onProgress);
    await sheetOf(request, dataset, pictures?.unreadable);
    return {
      ...{ name, classes, size: train.size, fit, splits, leftOut },
      ...(request.official && { official: compareOfficial(request.official, splits, classes) }),
      numbers: classNumbers(dataset, splits),
      ...(pictures && { pictures }),
    };
  } finally {
    await dataset.close?.();
  }
};
