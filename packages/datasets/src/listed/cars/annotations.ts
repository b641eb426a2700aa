import type { SplitName } from '@understory/core';
import type { Corners } from '../../boxes/annotated.ts';
import { badAnnotation } from '../../boxes/annotationText.ts';
import { badDataset } from '../../errors.ts';
import {
  fieldOf,
  scalarOf,
  stringOf,
  stringsOf,
  structsOf,
  variableOf,
  type MatFile,
} from '../../mat/values.ts';
import type { FileSource } from '../../sources/fileSource.ts';
import { findList, needList, readVariables } from '../lists.ts';

/** A car as a file of annotations has it. */
export interface Car {
  /** Path of its picture, two parts long. */
  readonly path: string;
  readonly split: SplitName;
  readonly label: number;
  readonly box: Corners;
}

export interface Cars {
  readonly cars: readonly Car[];
  readonly classes: readonly string[];
  /** The file to name where pictures are missing. */
  readonly list: string;
}

/** Pixels count from 1 and a box includes its last ones. */
const boxOf = (number: (field: string) => number): Corners => [
  number('bbox_y1') - 1,
  number('bbox_x1') - 1,
  number('bbox_y2'),
  number('bbox_x2'),
];

interface CarRules {
  readonly classes: number;
  /** The field of the picture's path. */
  readonly field: string;
  /** From that path, and `test` where the field is there, to what is needed. */
  readonly place: (path: string, number: (field: string) => number) => Pick<Car, 'path' | 'split'>;
}

const carsOf = (file: MatFile, { classes, field, place }: CarRules): Car[] =>
  structsOf(variableOf(file, 'annotations'), 'annotations').map((one, i) => {
    const what = `annotations(${i + 1})`;
    const number = (name: string): number => scalarOf(fieldOf(one, name, what), `${what}.${name}`);
    const kind = number('class');
    if (!(Number.isInteger(kind) && kind >= 1 && kind <= classes))
      throw badAnnotation(`${what}.class is ${kind}, and there are the classes 1 to ${classes}`);
    const path = stringOf(fieldOf(one, field, what), `${what}.${field}`);
    return { ...place(path, number), label: kind - 1, box: boxOf(number) };
  });

const namesOf = (file: MatFile): string[] => stringsOf(variableOf(file, 'class_names'), 'class_names');

/** The devkit's file has no classes: they were the challenge. */
const DEVKIT_TEST =
  "The devkit's cars_test_annos.mat has no classes: put cars_test_annos_withlabels.mat, which is published apart, beside it";
const CURE = 'Give the folder that holds devkit (or car_devkit.tgz), or cars_annos.mat';

/** cars_train and cars_test, annotated by a file each. */
const divided = async (source: FileSource): Promise<Cars> => {
  const list = 'cars_train_annos.mat';
  const [train, meta] = [list, 'cars_meta.mat'].map((name) => needList(source, name, CURE));
  const test = needList(source, 'cars_test_annos_withlabels.mat', DEVKIT_TEST);
  const classes = await readVariables(source, meta ?? 0, namesOf);
  const carsIn = (index: number, folder: string, split: SplitName): Promise<Car[]> =>
    readVariables(source, index, (file) =>
      carsOf(file, {
        classes: classes.length,
        field: 'fname',
        place: (path) => ({ path: `${folder}/${path}`, split }),
      }),
    );
  const trained = await carsIn(train ?? 0, 'cars_train', 'train');
  return { classes, list, cars: [...trained, ...(await carsIn(test, 'cars_test', 'test'))] };
};

/** car_ims, with one file for all and a flag of each car. */
const single = async (source: FileSource, index: number): Promise<Cars> => {
  const list = 'cars_annos.mat';
  return readVariables(source, index, (file) => {
    const classes = namesOf(file);
    const cars = carsOf(file, {
      classes: classes.length,
      field: 'relative_im_path',
      place: (path, number) => ({ path, split: number('test') === 1 ? 'test' : 'train' }),
    });
    // In the order of the other layout: training cars first.
    return { classes, list, cars };
  });
};

/** The cars of either layout. Errors: `bad-dataset`, `bad-annotation`. */
export const readCars = async (source: FileSource): Promise<Cars> => {
  const [one, both] = [findList(source, 'cars_annos.mat'), findList(source, 'cars_train_annos.mat')];
  if (one === undefined) return divided(source);
  if (both === undefined) return single(source, one);
  const hasIms = source.files.some(({ path }) => /(^|\/)car_ims\//.test(path));
  const hasHalves = source.files.some(({ path }) => /(^|\/)cars_(train|test)\/[^/]+\.jpg$/.test(path));
  if (hasIms && hasHalves)
    throw badDataset(
      source.name,
      'it holds both layouts, whose pictures are the same: car_ims with cars_annos.mat, and cars_train with cars_test and devkit. Give a folder of one of them',
    );
  return hasIms ? single(source, one) : divided(source);
};
