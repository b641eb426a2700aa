import { DATASET, plugin, type DatasetFactory } from '@understory/core';
import type { FileSource } from '../../sources/fileSource.ts';
import { published, type Listed, type ListedPicture } from '../listed.ts';
import { listedDataset } from '../listedDataset.ts';
import { openRoot } from '../openListed.ts';
import { picturesBy } from '../pictures.ts';
import { readCars } from './annotations.ts';
import { CarsOptions, type ParsedCarsOptions } from './options.ts';

const read = async (source: FileSource, { crop }: ParsedCarsOptions): Promise<Listed> => {
  const { cars, classes, list } = await readCars(source);
  const find = picturesBy(source, 2);
  const pictures = cars.map(({ path, split, label, box }): ListedPicture => ({
    name: path,
    index: find(path),
    split,
    label,
    box: crop === 'box' ? box : undefined,
  }));
  return { name: `stanford-cars${crop === 'box' ? ', cut to boxes' : ''}`, classes, pictures, list };
};

/**
 * Stanford Cars (Krause et al. 2013): 8,144 + 8,041 cars of 196 models, in either layout. Errors: `bad-dataset`, `bad-archive`,
 * `bad-annotation`, `bad-image`.
 */
export const cars = (options: CarsOptions): DatasetFactory =>
  listedDataset(CarsOptions.parse(options), {
    open: openRoot([
      published('cars_train', /\/cars_train\//),
      published('cars_test', /\/cars_test\//),
      published('car_devkit', /\/cars_meta\.mat$/),
      published('car_ims', /\/car_ims\//),
    ]),
    read,
  });

export const carsPlugin = plugin({
  token: DATASET,
  name: 'cars',
  summary: 'Stanford Cars: cars of 196 makes and models, with a box each',
  when: 'A fine-grained benchmark of many pictures a class.',
  source: 'Krause et al. 2013, 3D Object Representations for Fine-Grained Categorization',
  options: CarsOptions,
  paths: ['root'],
  create: cars,
});
