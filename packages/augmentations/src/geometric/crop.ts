import { add, expandDims, range, sub, tidy, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { AUGMENTATION, plugin, UnderstoryError, type Augmentation, type DrawnParams } from '@understory/core';
import { z } from 'zod';
import { moving, type Move } from './moving.ts';
import { BORDERS, type Border } from '../pixels/border.ts';
import { drawEach } from '../draw.ts';
import { lookUp } from '../pixels/lookUp.ts';
import { shift } from '../pixels/moveBoxes.ts';
import { colour, keepOption, pixels, toRgb } from '../options.ts';
import { checked, shownSize, unfit, type Size } from '../sizes.ts';

export const CropOptions = z.strictObject({
  size: pixels()
    .optional()
    .describe('height and width of the result in pixels; without it, those of the input'),
  pad: pixels(0).default(4).describe('border put around the image before it is cropped, in pixels'),
  fill: colour(0),
  border: z
    .enum(BORDERS)
    .default('constant')
    .describe('what the border holds: the fill, or what the image continues with'),
  keep: keepOption(),
});
export type CropOptions = z.input<typeof CropOptions>;
type Options = z.output<typeof CropOptions>;

const checkFits = (size: Size, window: Size, pad: number): void => {
  if (window.every((side, axis) => side <= size[axis]! + 2 * pad)) return;
  throw new UnderstoryError(
    'crop-too-large',
    `crop: "size" takes ${shownSize(window)} pixels out of ${shownSize(size)} padded by ${pad}. ` +
      'Give a smaller "size" or a larger "pad", or put "resize" before it.',
  );
};

/**
 * First width of the border that does not do: a mirror shows no more than the picture (as in PyTorch), and beyond other
 * borders a window would hold nothing of it.
 */
const padLimit = (border: Border, size: Size, window: Size): number => {
  if (border === 'reflect') return Math.min(...size);
  return border === 'symmetric' ? Math.min(...size) + 1 : Math.min(...window);
};

const checkPad = (size: Size, window: Size, { pad, border }: Options): void => {
  const limit = padLimit(border, size, window);
  if (pad === 0 || pad < limit) return;
  const mirrored = border === 'reflect' || border === 'symmetric';
  throw unfit('crop', ['pad', pad], size, {
    fault: mirrored
      ? `are too small to be mirrored that far by the border "${border}"`
      : `have windows of ${shownSize(window)} in their border that show nothing of them`,
    cure: `Give a "pad" under ${limit}${mirrored ? ', or the border "constant" or "edge"' : ''}.`,
  });
};

/** The drawn window [h, w] of each padded image: [B, H, W, C] → [B, h, w, C]. `fill` [C] is taken for the border `constant`. */
const windowOf = (
  images: Tensor4D,
  [height, width]: Size,
  { top, left }: DrawnParams,
  { pad, border, fill }: Pick<Options, 'pad' | 'border'> & { readonly fill: readonly number[] },
): Tensor4D => {
  const from = (start: Tensor, n: number): Tensor =>
    add(expandDims(start, 1), range(-pad, n - pad, 1, 'float32')); // [B, n]
  const rows = expandDims(from(top!, height), 2); // [B, h, 1]
  const columns = expandDims(from(left!, width), 1); // [B, 1, w]
  return lookUp(images, { rows, columns }, pad === 0 ? 'edge' : border, fill);
};

const colourText = ([red, green, blue]: readonly [number, number, number]): string => {
  if (red !== green || red !== blue) return `the colour ${red}, ${green}, ${blue}`;
  if (red === 0) return 'black';
  return red === 255 ? 'white' : 'grey';
};

/** What stands where a window reaches beyond the picture. */
const borderText = ({ pad, border, fill }: Options): string => {
  const shift = `a crop moves the picture by up to ${pad} ${pad === 1 ? 'pixel' : 'pixels'}`;
  if (border === 'constant') return `${shift}; what it leaves free is filled with ${colourText(toRgb(fill))}`;
  return `${shift}; what it leaves free continues the picture (${border})`;
};

/** Pads, then takes a window at a random place: [B, H, W, 3] → [B, size, size, 3]. `top` and `left` are in 0…H + 2·pad − size. */
export const crop = (options: CropOptions = {}): Augmentation => {
  const parsed = CropOptions.parse(options);
  const { size, pad, fill, border, keep } = parsed;
  const outputSize = (input: Size): Size => (size === undefined ? input : [size, size]);
  const take: Move = (images, params, filling) =>
    windowOf(images, outputSize([images.shape[1], images.shape[2]]), params, { pad, border, fill: filling });
  // Borders that continue the image show parts of things again, of which a box says nothing: only maps go with them.
  const boxes = pad === 0 || border === 'constant';
  return checked(
    moving(
      boxes
        ? { map: take, points: ({ top, left }) => shift(sub(pad, left!), sub(pad, top!)), cut: { keep } }
        : { map: take },
      {
        name: 'crop',
        ...(pad > 0 && { about: borderText(parsed) }),
        outputSize,
        check(input) {
          checkFits(input, outputSize(input), pad);
          checkPad(input, outputSize(input), parsed);
        },
        sample(streams, input) {
          const [height, width] = outputSize(input);
          return {
            top: drawEach(streams, (rng) => rng.integer(0, input[0] + 2 * pad - height)),
            left: drawEach(streams, (rng) => rng.integer(0, input[1] + 2 * pad - width)),
          };
        },
        apply: (images, params) => tidy(() => take(images, params, toRgb(fill))),
      },
    ),
  );
};

export const cropPlugin = plugin({
  token: AUGMENTATION,
  name: 'crop',
  summary: 'Pads the image and takes a window of it at a random place',
  when: 'Small pictures, as in CIFAR: the usual shift by a few pixels.',
  source: "He et al. 2016, for CIFAR; borders as torchvision's RandomCrop",
  options: CropOptions,
  create: crop,
});
