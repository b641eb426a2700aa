import { memory, tidy } from '@tensorflow/tfjs-core';
import { explain, UnderstoryError, type AnyPlugin, type Augmentation, type NdArrays } from '@understory/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ZodError } from 'zod';
import { anyOptions, makeFrom, type Options } from './anyOptions.test.support.ts';
import {
  anyPictures,
  anyStreams,
  BATCH,
  isFlat,
  PAINT,
  painted,
  SIZES,
  type Size,
} from './anyPictures.test.support.ts';
import { LARGEST_SIDE } from './options.ts';
import { augmentationPlugins } from './plugins.ts';
import { streamsOf, tensorsOf, valuesOf } from './testing.test.support.ts';

/** Operations on colours. Every other plugin must leave a picture of one colour as it is, to the last bit. */
const ON_COLOURS = new Set([
  ...['color-jitter', 'grayscale', 'solarize', 'posterize', 'invert'],
  ...['rand-augment', 'trivial-augment', 'auto-augment', 'fixmatch-augment'],
]);

/** Steps of which each may paint beside what the one before it coloured. */
const STEPS: Readonly<Record<string, (options: Options) => number>> = {
  'rand-augment': ({ operations = 2 }) => Number(operations),
  'auto-augment': () => 2,
  'fixmatch-augment': ({ operations = 2 }) => Number(operations) + 1,
};

interface Drawn {
  readonly plugin: AnyPlugin;
  readonly options: Options;
  readonly size: Size;
  readonly seed: number;
}

/** The message of a refusal, as a user reads it; anything else that is thrown is an error of ours. */
const refusalOf = ({ plugin, options }: Drawn, thrown: unknown): string => {
  if (thrown instanceof UnderstoryError) return thrown.message;
  if (!(thrown instanceof ZodError)) throw thrown;
  return explain(`augmentation "${plugin.name}"`, options, plugin.options, thrown).message;
};

/** The augmentation, or why there is none for this size. */
const accepted = (drawn: Drawn): Augmentation | string => {
  const { plugin, options, size, seed } = drawn;
  try {
    const made = makeFrom(plugin, options, augmentationPlugins) as Augmentation;
    try {
      made.check?.(size);
    } catch (error) {
      expect(() => made.sample(streamsOf(1, seed), size)).toThrow((error as Error).message);
      throw error;
    }
    return makeFrom(
      plugin,
      painted(plugin, options, augmentationPlugins),
      augmentationPlugins,
    ) as Augmentation;
  } catch (error) {
    return refusalOf(drawn, error);
  }
};

const expectRows = (params: NdArrays, rows: number): void => {
  for (const { data, shape } of Object.values(params)) {
    expect(shape[0]).toBe(rows);
    expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
    expect(data.every(Number.isFinite)).toBe(true);
  }
};

/** Colours of an image, each once. */
const coloursOf = (values: Float32Array): Set<number> => {
  const colours = new Set<number>();
  for (let i = 0; i < values.length; i += 3)
    colours.add((values[i]! * 256 + values[i + 1]!) * 256 + values[i + 2]!);
  return colours;
};

const NAMED = new Set([(PAINT[0] * 256 + PAINT[1]) * 256 + PAINT[2]]);

/** What an option holds, also of plugins inside of plugins. */
const holds = (value: unknown, test: (inner: unknown) => boolean): boolean =>
  test(value) ||
  (typeof value === 'object' && value !== null && Object.values(value).some((v) => holds(v, test)));

/** What becomes of a flat picture. */
const expectFlat = ({ plugin, options }: Drawn, values: Float32Array): void => {
  if (holds(options, (v) => v === 'noise')) return;
  const onColours = holds([plugin.name, options], (v) => ON_COLOURS.has(v as string));
  const colours = coloursOf(values);
  if (!onColours) expect(colours).toEqual(NAMED);
  else if (!plugin.uses) expect(colours.size).toBeLessThanOrEqual(STEPS[plugin.name]?.(options) ?? 1);
};

/** Everything that holds for an augmentation that is not refused. */
const expectSound = (drawn: Drawn, made: Augmentation): void => {
  const { size, seed } = drawn;
  const [height, width] = made.outputSize?.(size) ?? size;
  expect(Math.max(height, width)).toBeLessThanOrEqual(Math.max(LARGEST_SIDE, ...size));
  if (height * width > 80 * 80) return expectRows(made.sample(anyStreams(seed), size), BATCH);
  expectRows(made.sample([...streamsOf(20, seed), ...anyStreams(seed)], size), 20 + BATCH);
  const params = made.sample(anyStreams(seed), size);
  const before = memory().numTensors;
  const other = seed % BATCH;
  const [values, changed] = [undefined, other].map((negative) => {
    const result = tidy(() => made.apply(anyPictures(size, seed, negative), tensorsOf(params)));
    expect(result.shape).toEqual([BATCH, height, width, 3]);
    return valuesOf(result);
  }) as [Float32Array, Float32Array];
  expect(memory().numTensors).toBe(before);
  const n = height * width * 3;
  for (let i = 0; i < BATCH; i++) {
    const own = values.subarray(i * n, (i + 1) * n);
    expect(own.every((v) => Number.isInteger(v) && v >= 0 && v <= 255)).toBe(true);
    if (i !== other) expect(changed.subarray(i * n, (i + 1) * n)).toEqual(own);
    if (isFlat(i, seed)) expectFlat(drawn, own);
  }
};

describe.each(augmentationPlugins.map((plugin) => [plugin.name, plugin] as const))('%s', (name, plugin) => {
  it('refuses options with a reason, or works on every image alone whatever is drawn', () => {
    const options = anyOptions(plugin, augmentationPlugins);
    const size = fc.constantFrom(...SIZES);
    const seed = fc.nat(1000);
    let sound = 0;
    const runs = 40;
    fc.assert(
      fc.property(options, size, seed, (...[o, s, d]) => {
        const drawn: Drawn = { plugin, options: o, size: s, seed: d };
        const made = accepted(drawn);
        if (typeof made === 'string') {
          expect(made.length).toBeLessThan(400);
          return;
        }
        sound++;
        expectSound(drawn, made);
      }),
      { numRuns: runs, seed: 16 },
    );
    console.log(name, sound);
    expect(sound).toBeGreaterThan(runs / 4);
  });
});
