import {
  float32,
  UnderstoryError,
  type Calibration,
  type Dataset,
  type NdArray,
  type Registry,
  type Samples,
} from '@understory/core';
import { openSavedModel } from '@understory/engine';
import type { OnProgress } from '../../listeners.ts';
import type { Trained } from '../../load/loadNetwork.ts';
import { mustHaveSize, openOther, type OtherData } from '../evaluate/otherData.ts';

/** By which images activations are rounded to 8 bits. */
export interface CalibrateRequest {
  /** Other data than the run's own validation images: their validation images, or where there are none those to train on. */
  readonly data?: OtherData;
  /** How many images; 256 where nothing is said, all where there are fewer. */
  readonly images?: number;
}

/** Images to calibrate by, and others of the same data to compare on. */
export interface CalibrationImages {
  readonly calibration: Calibration;
  /** Images that were not calibrated by; those that were, where there are no others. */
  readonly held: Calibration['read'];
  /** Whether those to compare on are those that were calibrated by. */
  readonly isSame: boolean;
  readonly close: () => Promise<void>;
}

const FEW = 256;

/** Positions at even distances: data may lie class by class. */
export const spread = (count: number, among: readonly number[]): readonly number[] =>
  Array.from(
    { length: Math.min(count, among.length) },
    (_, i) => among[Math.floor((i * among.length) / Math.min(count, among.length))] ?? 0,
  );

const reading = (
  samples: Samples,
  positions: readonly number[],
  onBatch: (done: number) => void,
): Calibration['read'] =>
  async function* (batch): AsyncGenerator<NdArray> {
    for (let at = 0; at < positions.length; at += batch) {
      const some = Int32Array.from(positions.slice(at, at + batch));
      const data = Float32Array.from(await samples.read(some));
      yield float32(data, [some.length, ...samples.size, 3]);
      onBatch(at + some.length);
    }
  };

/** Of the run's own data the validation images alone: by test images one would fit what they measure. */
const samplesOf = (dataset: Dataset, own: boolean): Samples => {
  const { validation, train } = dataset;
  const found = validation.length > 0 || own ? validation : train;
  if (found.length > 0) return found;
  throw new UnderstoryError(
    'empty-split',
    own
      ? `${dataset.name} has no validation images to calibrate by. Name other data: --calibrate <dataset or config>.`
      : `${dataset.name} has no images to calibrate by. Name other data.`,
  );
};

/** Opens the images that a run's export is calibrated by. Errors: `empty-split`, `data-changed`, those of the dataset. */
export const openCalibration = async (
  { data, images = FEW }: CalibrateRequest,
  registry: Registry,
  trained: Trained,
  onProgress?: OnProgress,
): Promise<CalibrationImages> => {
  const dataset = await openOther(data ?? { config: trained.info.config, registry }, onProgress);
  const close = async (): Promise<void> => dataset.close?.();
  try {
    mustHaveSize(dataset, trained.info.dataset.size);
    const samples = samplesOf(dataset, data === undefined);
    const all = Array.from({ length: samples.length }, (_, i) => i);
    const chosen = spread(images, all);
    const taken = new Set(chosen);
    const others = all.filter((i) => !taken.has(i));
    const told = (what: string, total: number) => (done: number) => onProgress?.(done, total, what);
    const held = others.length > 0 ? spread(FEW, others) : chosen;
    const read = reading(samples, chosen, told('images to calibrate by', chosen.length));
    return {
      calibration: { images: chosen.length, read, savedModel: openSavedModel, tell: onProgress },
      ...{ held: reading(samples, held, told('images to compare', held.length)), isSame: held === chosen },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
};
