import { attribute, listOf, textOf } from '../graph/attributes.ts';
import { TF, type Attribute } from '../graph/native.ts';
import { inputAt } from '../graph/value.ts';
import type { Rewrite } from '../trace/recorder.ts';
import { shapeIn, type Shape } from './families.ts';

/** The gradient of pooling by the largest, by the addon's kernel (`native/max_pool.h`). */
export const maxPoolGradient: Rewrite = ({ op, inputs, attributes }, builder) => {
  if (op !== 'MaxPoolGrad' || inputs.some(({ dtype }) => dtype !== TF.float32)) return undefined;
  const [x, y] = [0, 1].map((index) => shapeIn(inputAt({ op, inputs }, index).shape));
  const windows = x && y && windowsOf(attributes, x, y);
  return windows
    ? builder.add('UnderstoryMaxPoolBackprop', inputs, windows, { shapes: [x] }).outputs
    : undefined;
};

/** Null where the windows do not lie along height and width. */
const windowsOf = (attributes: readonly Attribute[], x: Shape, y: Shape): readonly Attribute[] | null => {
  const padding = textOf(attributes, 'padding');
  const sides = [sideOf(attributes, 1, x[1], y[1]), sideOf(attributes, 2, x[2], y[2])];
  if (textOf(attributes, 'data_format') === 'NCHW' || padding === undefined) return null;
  const both = (name: keyof Side): Attribute =>
    attribute.int(
      name,
      sides.map((side) => side[name]),
    );
  return [both('size'), both('stride'), both('before')];
};

/** Windows along one side of the images, and the pixels of padding before the first. */
interface Side {
  readonly size: number;
  readonly stride: number;
  readonly before: number;
}

const sideOf = (attributes: readonly Attribute[], axis: number, pixels: number, windows: number): Side => {
  const number = (name: string, at: number): number => Number(listOf(attributes, name)[at] ?? 0);
  const [size, stride] = [number('ksize', axis), number('strides', axis)];
  // TensorFlow puts the larger half of what is left over behind the last pixel.
  const same = Math.floor(Math.max(0, (windows - 1) * stride + size - pixels) / 2);
  const explicit = number('explicit_paddings', 2 * axis);
  return { size, stride, before: textOf(attributes, 'padding') === 'SAME' ? same : explicit };
};
