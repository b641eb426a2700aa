import {
  cast,
  expandDims,
  greaterEqual,
  less,
  logicalAnd,
  mul,
  range,
  split,
  sub,
  tensor1d,
  tidy,
  type Tensor,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import {
  AUGMENTATION,
  plugin,
  uint8,
  type Augmentation,
  type NdArray,
  type Rng,
  roundEven,
} from '@understory/core';
import { z } from 'zod';
import { between, chance, drawRows } from '../draw.ts';
import { Colour, probability, toRgb } from '../options.ts';
import { ratioOption, scaleOption, someBoxFits, type BoxShape } from '../pixels/boxes.ts';
import { choose, everyChannel } from '../pixels/pixels.ts';
import { checked, unfit, type Size } from '../sizes.ts';

export const RandomErasingOptions = z.strictObject({
  scale: scaleOption(0.02, 0.33).describe('least and largest part of the area that is erased, 0 to 1'),
  ratio: ratioOption(0.3, 3.3).describe('least and largest height divided by width'),
  fill: z
    .union([Colour, z.literal('noise')], {
      error: 'expected "noise", a grey level or [red, green, blue], whole numbers from 0 to 255',
    })
    .default(0)
    .describe(
      'what is painted: a level or [red, green, blue], 0 to 255, or "noise", uniform in each channel',
    ),
  p: probability(0.5),
});
export type RandomErasingOptions = z.input<typeof RandomErasingOptions>;

/** First row and column, height and width; all 0 where ten tries gave no box that is smaller than the image. */
const drawErased = (rng: Rng, [height, width]: Size, { scale, ratio }: BoxShape): number[] => {
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = height * width * between(rng, ...scale);
    const r = Math.exp(between(rng, Math.log(ratio[0]), Math.log(ratio[1])));
    const h = roundEven(Math.sqrt(area * r));
    const w = roundEven(Math.sqrt(area / r));
    if (h < height && w < width) return [rng.integer(0, height - h), rng.integer(0, width - w), h, w];
  }
  return [0, 0, 0, 0];
};

const drawNoise = (streams: readonly Rng[], [height, width]: Size): NdArray => {
  const n = height * width * 3;
  const data = new Uint8Array(streams.length * n);
  streams.forEach((rng, i) => {
    for (let j = i * n; j < (i + 1) * n; j++) data[j] = rng.integer(0, 255);
  });
  return uint8(data, [streams.length, height, width, 3]);
};

/** 1 inside the boxes [B, 4] (top, left, height, width) → [B, H, W] */
const insideBoxes = (boxes: Tensor, [height, width]: Size): Tensor3D => {
  const [top, left, tall, wide] = split(boxes, 4, 1) as [Tensor, Tensor, Tensor, Tensor]; // [B, 1]
  const within = (start: Tensor, length: Tensor, n: number): Tensor => {
    const at = sub(range(0, n, 1, 'float32'), start); // [B, n]
    return cast(logicalAnd(greaterEqual(at, 0), less(at, length)), 'float32');
  };
  return mul(expandDims(within(top, tall, height), 2), expandDims(within(left, wide, width), 1));
};

/**
 * With probability `p`, paints a box of random area, shape and place (Zhong et al. 2020). The images are not normalised
 * yet: give the dataset's mean colour as `fill` for what the paper's 0 after normalising is.
 */
export const randomErasing = (options: RandomErasingOptions = {}): Augmentation => {
  const { p, fill, ...shape } = RandomErasingOptions.parse(options);
  return checked({
    name: 'random-erasing',
    inPlace: true,
    check([height, width]) {
      if (someBoxFits(shape, height * width, [height - 1, width - 1])) return;
      throw unfit('random-erasing', ['scale', shape.scale], [height, width], {
        fault: `hold no box of that area and "ratio" ${JSON.stringify(shape.ratio)} that leaves something of them`,
        cure: 'Give another "scale" or "ratio", or leave random-erasing out.',
      });
    },
    sample(streams, size) {
      const box = drawRows(streams, 4, (rng) =>
        chance(rng, p) === 1 ? drawErased(rng, size, shape) : [0, 0, 0, 0],
      );
      return fill === 'noise' ? { box, noise: drawNoise(streams, size) } : { box };
    },
    apply: (images, { box, noise }) =>
      tidy(() => {
        const hole = everyChannel(insideBoxes(box!, [images.shape[1], images.shape[2]]));
        const paint = fill === 'noise' ? cast(noise!, 'float32') : tensor1d([...toRgb(fill)]);
        return choose(hole, paint, images);
      }),
  });
};

export const randomErasingPlugin = plugin({
  token: AUGMENTATION,
  name: 'random-erasing',
  summary: 'Paints a box of random area, shape and place',
  when: 'As cutout, on photographs: holes of random size and shape.',
  source: 'Zhong et al. 2020',
  options: RandomErasingOptions,
  create: randomErasing,
});
