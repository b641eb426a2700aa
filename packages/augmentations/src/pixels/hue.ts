import {
  abs,
  add,
  cast,
  clipByValue,
  div,
  equal,
  floor,
  greaterEqual,
  less,
  maximum,
  minimum,
  mul,
  round,
  sub,
  tensor4d,
  unstack,
  where,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { divideExactly } from './pixels.ts';

interface Hsv {
  readonly hue: Tensor3D;
  readonly saturation: Tensor3D;
  readonly value: Tensor3D;
}

/** 8-bit HSV of planes [3, B, H, W]; equal to PIL's for every colour that has a hue. All [B, H, W], 0…255. */
export const toHsv = (planes: Tensor4D): Hsv => {
  const [red, green, blue] = unstack(planes, 0) as [Tensor3D, Tensor3D, Tensor3D];
  const value = maximum<Tensor3D>(maximum(red, green), blue);
  const chroma = sub<Tensor3D>(value, minimum(minimum(red, green), blue));
  const isRed = equal(red, value);
  const isGreen = equal(green, value);
  // The hexagon's corner nearest to the colour (0 red, 2 green, 4 blue), and the side of it on which the colour lies.
  const lean = where(isRed, sub(green, blue), where(isGreen, sub(blue, red), sub(red, green)));
  const corner = mul(sub(1, cast(isRed, 'float32')), sub(4, mul(cast(isGreen, 'float32'), 2)));
  const side = sub(mul(cast(greaterEqual(lean, 0), 'float32'), 2), 1); // 1 or −1
  // Only this quotient is rounded, as in PIL: so the sums below fall on the same side of a whole number.
  const back = div(sub(chroma, abs(lean)), maximum(chroma, 1));
  const turn = divideExactly(sub(add(corner, side), mul(side, back)), 6); // −1/6…1
  const hue = floor<Tensor3D>(mul(add(turn, cast(less(turn, 0), 'float32')), 255));
  return { hue, saturation: floor(div(mul(chroma, 255), maximum(value, 1))), value };
};

/** 8-bit HSV, each [B, H, W], → planes [3, B, H, W]; equal to PIL's for every input. */
export const fromHsv = ({ hue, saturation, value }: Hsv): Tensor4D => {
  // How far a channel is from the value, in 255ths of the chroma: a trapezium over the hue for each channel.
  const distance = abs(sub(mul(hue, 6), tensor4d([765, 510, 1020], [3, 1, 1, 1])));
  const slope = tensor4d([-1, 1, 1], [3, 1, 1, 1]);
  const level = tensor4d([510, -255, -255], [3, 1, 1, 1]);
  const fall = clipByValue(add(mul(distance, slope), level), 0, 255); // [3, B, H, W]
  const part: Tensor4D = mul(value, sub(255 * 255, mul(saturation, fall))); // under 2^24
  return round(divideExactly(part, 255 * 255)); // never a tie: 255 is odd
};

/** Turns the hue of planes [3, B, H, W] by `shift` [B, 1, 1] levels of 256; grey pixels stay. */
export const shiftHue = (planes: Tensor4D, shift: Tensor): Tensor4D => {
  const hsv = toHsv(planes);
  const moved = add(hsv.hue, shift);
  const hue = sub<Tensor3D>(moved, mul(floor(mul(moved, 1 / 256)), 256)); // modulo 256
  return fromHsv({ ...hsv, hue });
};
