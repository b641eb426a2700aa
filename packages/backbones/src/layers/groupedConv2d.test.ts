import { conv2d, concat, grad, memory, split, sum, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { input, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { stream } from '../testing/deterministic.ts';
import { reloaded } from '../testing/saved.ts';
import { groupedConv2d, type GroupedConvConfig } from './groupedConv2d.ts';

const make = (config: Partial<GroupedConvConfig>, channels: number) => {
  const shape = [7, 6, channels];
  const layer = groupedConv2d(
    { name: 'block/conv', filters: 24, kernel: 3, stride: 1, padding: 'same', groups: 4, ...config },
    shape,
  );
  const x = input({ shape });
  const made = model({ inputs: x, outputs: layer.apply(x) as SymbolicTensor });
  const kernel = made.weights[0]!;
  kernel.write(stream(kernel.shape as number[], 3));
  return made;
};

/** One convolution a group. */
const byGroup = (
  x: Tensor4D,
  kernel: Tensor4D,
  config: Pick<GroupedConvConfig, 'groups' | 'stride' | 'padding'>,
): Tensor4D => {
  const kernels = split<Tensor4D>(kernel, config.groups, 2);
  const parts = split<Tensor4D>(x, config.groups, 3);
  return concat(
    parts.map((part, g) => conv2d(part, kernels[g]!, config.stride, config.padding)),
    3,
  );
};

const close = (a: Tensor, b: Tensor, tolerance = 1e-5): void => {
  expect(a.shape).toEqual(b.shape);
  const [x, y] = [a.dataSync(), b.dataSync()];
  expect(Math.max(...x.map((v, i) => Math.abs(v - y[i]!)))).toBeLessThan(tolerance);
};

describe('groupedConv2d', () => {
  const cases = [
    [{ groups: 4, stride: 1, padding: 'same' }, 16],
    [{ groups: 6, stride: 2, padding: 'valid' }, 120],
    [{ groups: 2, stride: 1, padding: 'same', filters: 10 }, 200],
    [{ groups: 24, stride: 1, padding: 'same', kernel: 1 }, 48],
  ] as const;

  it.each(cases)('equals one convolution a group: %j on %d channels', (config, channels) => {
    const made = make(config, channels);
    const x = stream([2, 7, 6, channels], 1) as Tensor4D;
    const kernel = made.weights[0]!.read() as Tensor4D;
    close(made.predict(x) as Tensor, byGroup(x, kernel, config), 1e-4);
    const before = memory().numTensors;
    (made.predict(x) as Tensor).dispose();
    expect(memory().numTensors).toBe(before);
  });

  it.each(cases)('takes maps of other sizes, and knows what it makes of them: %j', (config, channels) => {
    const made = make(config, channels);
    const x = stream([1, 12, 9, channels], 1) as Tensor4D;
    const y = made.apply(x) as Tensor4D;
    close(y, byGroup(x, made.weights[0]!.read() as Tensor4D, config), 1e-4);
    expect(made.computeOutputShape([1, 12, 9, channels])).toEqual(y.shape);
  });

  it('has the same gradient', () => {
    const config = { groups: 4, stride: 1, padding: 'same' } as const;
    const made = make(config, 16);
    const x = stream([2, 7, 6, 16], 1) as Tensor4D;
    const kernel = made.weights[0]!.read() as Tensor4D;
    close(
      grad((t) => sum(made.apply(t) as Tensor))(x),
      grad((t: Tensor) => sum(byGroup(t as Tensor4D, kernel, config)))(x),
      1e-4,
    );
  });

  it('loads in plain tfjs as standard layers with the same result', async () => {
    const made = make({ groups: 6, stride: 2, padding: 'valid' }, 120);
    const x = stream([2, 7, 6, 120], 1);
    const loaded = await reloaded(made);
    close(loaded.predict(x) as Tensor, made.predict(x) as Tensor, 1e-4);
    expect(loaded.layers.at(-1)).not.toBeInstanceOf(made.layers.at(-1)!.constructor);
  });
});
