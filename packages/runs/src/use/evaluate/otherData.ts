import {
  DATASET,
  seedOf,
  SPLITS,
  UnderstoryError,
  type Dataset,
  type Registry,
  type SplitName,
} from '@understory/core';
import type { ExperimentConfig } from '@understory/config';
import type { OnProgress } from '../../listeners.ts';

/** Data that a run did not train on: a config, whose dataset it is, and the plugins that it names. */
export interface OtherData {
  readonly config: ExperimentConfig;
  readonly registry: Registry;
}

/** A measure of no image is no number. */
export const mustHaveImages = (dataset: Dataset, split: SplitName): void => {
  if (dataset[split].length > 0) return;
  const others = SPLITS.filter((name) => dataset[name].length > 0).map((name) => `--split ${name}`);
  const cure = others.length > 0 ? ` Give ${others.join(' or ')}.` : '';
  throw new UnderstoryError(
    'empty-split',
    `${dataset.name} has no ${split} images, so there is nothing to measure.${cure}`,
  );
};

/** Throws `data-changed` where other data's images are not of the size that a network takes. */
export const mustHaveSize = (dataset: Dataset, size: readonly [number, number]): void => {
  if (dataset.train.size.join() === size.join()) return;
  throw new UnderstoryError(
    'data-changed',
    `The images of ${dataset.name} have ${dataset.train.size.join('×')} pixels, and the network takes ${size.join('×')}. ` +
      `Give that dataset the option "size": ${size[0] === size[1] ? size[0] : `[${size.join(', ')}]`}.`,
  );
};

/** Opens a config's dataset. */
export const openOther = async (
  { config, registry }: OtherData,
  onProgress: OnProgress | undefined,
): Promise<Dataset> =>
  registry.make(
    DATASET,
    config.dataset,
  )({ seed: seedOf(config.seed).at('dataset'), ...(onProgress && { progress: onProgress }) });
