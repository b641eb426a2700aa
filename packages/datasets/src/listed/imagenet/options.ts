import { z } from 'zod';
import { LISTED_OPTIONS, rootOption } from '../options.ts';

const apart = (what: string): z.ZodOptional<z.ZodString> =>
  z.string().min(1).optional().describe(`${what}, where it does not lie in root`);

export const ImagenetOptions = z.strictObject({
  root: rootOption(
    'ILSVRC2012_img_train.tar, a folder of class folders or class tars (n01440764, …), or a folder that holds train images, validation images and devkit, packed as they were published or unpacked',
  ),
  validationImages: apart(
    'folder or tar of the official validation images: class folders, or flat with the devkit',
  ),
  devkit: apart(
    'ILSVRC2012_devkit_t12.tar.gz or its folder, which names the classes and labels flat validation images',
  ),
  ...LISTED_OPTIONS,
});
export type ImagenetOptions = z.input<typeof ImagenetOptions>;
export type ParsedImagenetOptions = z.output<typeof ImagenetOptions>;
