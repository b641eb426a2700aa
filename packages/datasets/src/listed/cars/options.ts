import { z } from 'zod';
import { cropOption, LISTED_OPTIONS, rootOption } from '../options.ts';

export const CarsOptions = z.strictObject({
  root: rootOption(
    'folder with cars_train, cars_test, devkit and cars_test_annos_withlabels.mat, or with car_ims and cars_annos.mat; unpacked, or as cars_train.tgz, cars_test.tgz, car_devkit.tgz, car_ims.tgz',
  ),
  ...LISTED_OPTIONS,
  crop: cropOption('the boxes of the annotations'),
});
export type CarsOptions = z.input<typeof CarsOptions>;
export type ParsedCarsOptions = z.output<typeof CarsOptions>;
