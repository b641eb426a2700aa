import { DATASET, plugin, type DatasetFactory } from '@understory/core';
import { badDataset } from '../errors.ts';
import { labelledDataset } from '../labelled/labelledDataset.ts';
import { openSource } from '../sources/openSource.ts';
import { ParquetOptions } from './options.ts';

const isParquet = (head: Uint8Array): boolean => String.fromCharCode(...head.subarray(0, 4)) === 'PAR1';

/**
 * Images in Parquet files as Hugging Face has them, read by their pages: no file is read whole. Errors: `bad-dataset`,
 * `bad-archive`, `bad-image`.
 */
export const parquet = (options: ParquetOptions): DatasetFactory => {
  const parsed = ParquetOptions.parse(options);
  return async (request) => {
    const { readList } = await import('./readList.ts');
    const source = await openSource(parsed.root, parsed.links, isParquet);
    try {
      const list = await readList(source, parsed, request);
      if (list.items.length === 0) throw badDataset(parsed.root, 'its tables have no row');
      return { ...(await labelledDataset(list, parsed, request)), close: () => source.close() };
    } catch (error) {
      await source.close();
      throw error;
    }
  };
};

export const parquetPlugin = plugin({
  token: DATASET,
  name: 'parquet',
  summary: "images in Parquet files, in Hugging Face's layout",
  when: 'Datasets from the Hugging Face hub, and tables of encoded pictures.',
  source: 'Apache Parquet; the features of the library datasets (Lhoest et al. 2021)',
  options: ParquetOptions,
  paths: ['root'],
  create: parquet,
});
