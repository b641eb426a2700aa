import { dispose, memory } from '@tensorflow/tfjs-core';
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
  anySize,
  type Size,
} from './anyPictures.test.support.ts';
import { LARGEST_SIDE } from './options.ts';
import { augmentationPlugins } from './plugins.ts';
import { streamsOf, tensorsOf, valuesOf } from './testing.test.support.ts';

/** Operations on colours. Every other plugin must leave a picture of one colour as it is, to the last bit. */
const ON_COLOURS = new Set([
  ...['color-jitter', 'grayscale', 'solarize', 'posterize', 'invert', 'photometric'],
  ...['rand-augment', 'trivial-augment', 'auto-augment', 'fixmatch-augment'],
]);

/** Steps of which each may paint beside what the one before it coloured. */
const STEPS: Readonly<Record<string, (options: Options) => number>> = {
  'rand-augment': ({ operations = 2 }) => Number(operations),
  'auto-augment': () => 2,
  'fixmatch-augment': ({ operations = 2 }) => Number(operations) + 1,
  'random-apply': ({ augmentations }) =>
    (augmentations as [string, Options][]).reduce((sum, [name, own]) => sum + (STEPS[name]?.(own) ?? 1), 0),
};

/** Pixels times steps that a test has time for. */
const MOST_WORK = 64 * 64;

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

const firstDifference = (a: Float32Array, b: Float32Array): number => a.findIndex((v, i) => v !== b[i]);

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

/** Holds for what became of a flat picture; gives whether it has another colour. */
const expectFlat = (drawn: Drawn, values: Float32Array): boolean => {
  const { plugin, options } = drawn;
  if (holds(options, (v) => v === 'noise')) return false;
  const onColours = holds([plugin.name, options], (v) => ON_COLOURS.has(v as string));
  const colours = coloursOf(values);
  if (!onColours) expect(colours).toEqual(NAMED);
  // A third step may sharpen the border between two colours, which makes more.
  else if (!plugin.uses && stepsOf(drawn) <= 2) expect(colours.size).toBeLessThanOrEqual(stepsOf(drawn));
  return ![...colours].every((colour) => NAMED.has(colour));
};

const stepsOf = ({ plugin, options }: Pick<Drawn, 'plugin' | 'options'>): number =>
  STEPS[plugin.name]?.(options) ?? 1;

/** Everything that holds for an augmentation that is not refused; gives whether it recoloured a flat picture. */
const expectSound = (drawn: Drawn, made: Augmentation): boolean => {
  const { size, seed } = drawn;
  const [height, width] = made.outputSize?.(size) ?? size;
  expect(Math.max(height, width)).toBeLessThanOrEqual(Math.max(LARGEST_SIDE, ...size));
  if (height * width > 80 * 80) {
    expectRows(made.sample(anyStreams(seed), size), BATCH);
    return false;
  }
  expectRows(made.sample([...streamsOf(20, seed), ...anyStreams(seed)], size), 20 + BATCH);
  if (Math.max(height * width, size[0] * size[1]) * stepsOf(drawn) > MOST_WORK) return false;
  const params = made.sample(anyStreams(seed), size);
  const before = memory().numTensors;
  const other = seed % BATCH;
  const [values, changed] = [undefined, other].map((negative) => {
    const [pictures, fed] = [anyPictures(size, seed, negative), tensorsOf(params)];
    const result = made.apply(pictures, fed);
    dispose([pictures, ...Object.values(fed)]);
    expect(result.shape).toEqual([BATCH, height, width, 3]);
    return valuesOf(result);
  }) as [Float32Array, Float32Array];
  expect(memory().numTensors).toBe(before);
  const n = height * width * 3;
  let recoloured = false;
  for (let i = 0; i < BATCH; i++) {
    const own = values.subarray(i * n, (i + 1) * n);
    expect(own.every((v) => Number.isInteger(v) && v >= 0 && v <= 255)).toBe(true);
    if (made.mixes) continue; // its own test tells which images may matter
    if (i !== other) expect(firstDifference(own, changed.subarray(i * n, (i + 1) * n))).toBe(-1);
    if (isFlat(i, seed)) recoloured = expectFlat(drawn, own) || recoloured;
  }
  return recoloured;
};

describe.each(augmentationPlugins.map((plugin) => [plugin.name, plugin] as const))('%s', (name, plugin) => {
  it('refuses options with a reason, or works on every image alone whatever is drawn', () => {
    const cases = fc.record({
      plugin: fc.constant(plugin),
      options: anyOptions(plugin, augmentationPlugins),
      size: anySize,
      seed: fc.nat(1000),
    });
    let recoloured = false;
    const holdsFor = (drawn: Drawn): void => {
      const made = accepted(drawn);
      if (typeof made === 'string') expect(made).toMatch(/^.{0,399}$/);
      fc.pre(typeof made !== 'string');
      recoloured = expectSound(drawn, made) || recoloured;
    };
    fc.assert(fc.property(cases, holdsFor), { numRuns: STEPS[name] ? 12 : 20, seed: 16 });
    if (!plugin.uses) expect(recoloured).toBe(ON_COLOURS.has(name));
  });
});
