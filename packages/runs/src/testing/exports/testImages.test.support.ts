import {
  DATASET,
  EXPORT_FORMAT,
  float32,
  LABEL,
  namedClass,
  seedOf,
  type Dataset,
  type NdArray,
  type Registry,
  type Samples,
  type Spec,
} from '@understory/core';
import type { ExperimentConfig } from '@understory/config';
import { openSavedModel } from '@understory/engine';
import type { ExportedRun } from '../../use/export/exportRun.ts';

const BATCH = 64;

export const openDataset = (
  registry: Registry,
  { dataset, seed }: Pick<ExperimentConfig, 'dataset' | 'seed'>,
): Promise<Dataset> => registry.make(DATASET, dataset)({ seed: seedOf(seed).at('dataset') });

/** Pixels of all samples, batch by batch. */
export async function* batches(samples: Samples): AsyncGenerator<NdArray> {
  for (let at = 0; at < samples.length; at += BATCH) {
    const positions = Int32Array.from({ length: Math.min(BATCH, samples.length - at) }, (_, i) => at + i);
    const data = Float32Array.from(await samples.read(positions));
    yield float32(data, [positions.length, ...samples.size, 3]);
  }
}

/** The likeliest class of each sample by an exported file, as far as it says one class an image. */
export const classesBy = async (
  registry: Registry,
  format: Spec,
  { files, outputs = [] }: Pick<ExportedRun, 'files' | 'outputs'>,
  samples: Samples,
): Promise<readonly number[]> => {
  const exporter = registry.make(EXPORT_FORMAT, format);
  if (!exporter.open) throw new Error(`${exporter.name} holds nothing that runs.`);
  const model = await exporter.open({ files, outputs, savedModel: openSavedModel });
  const found: number[] = [];
  for await (const pixels of batches(samples)) {
    const made = (await model.run(pixels))[outputs[0] ?? ''];
    if (!made) throw new Error(`${files[0] ?? ''} gave no ${outputs[0] ?? 'output'}.`);
    const [images = 0, classes = 0] = made.shape;
    for (let i = 0; i < images; i++)
      found.push(namedClass(made.data.subarray(i * classes, (i + 1) * classes)));
  }
  await model.close();
  return found;
};

/** The share of samples whose class is the true one. */
export const accuracyOf = (found: readonly number[], { groups }: Samples): number => {
  if (!groups) throw new Error(`The images of this run have no ${LABEL} each.`);
  return agreementOf(found, Array.from(groups));
};

export const agreementOf = (found: readonly number[], wanted: readonly number[]): number =>
  found.filter((c, i) => c === wanted[i]).length / wanted.length;
