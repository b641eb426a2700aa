import { memory, profile, tensor, tensor4d, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import type { AnyPlugin, Augmentation, DrawnParams, NdArrays, TargetSpec, View } from '@understory/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyOptions, makeFrom, type Options } from './anyOptions.test.support.ts';
import { anyStreams, BATCH, type Size } from './anyPictures.test.support.ts';
import { invert } from './colour/invert.ts';
import { cutout } from './erasing/cutout.ts';
import { crop } from './geometric/crop.ts';
import { flip } from './geometric/flip.ts';
import { resize } from './geometric/resize.ts';
import { rotate90 } from './geometric/rotate90.ts';
import { rotation } from './geometric/rotation.ts';
import { translate } from './geometric/translate.ts';
import { keepLevel, tableOf } from './pixels/levels.ts';
import { augmentationPlugins } from './plugins.ts';
import { randomApply } from './randomApply.ts';
import { sequence } from './sequence.ts';
import { boxSpec, mapSpec } from './targets.test.support.ts';
import { streamsOf, tensorsOf, uniformStream, valuesOf } from './testing.test.support.ts';

/** Classes are corners of the cube of colours, which no mixture of others is; the last is what is painted. */
const CLASSES = 7;
const OUTSIDE = 7;
const colourOf = (label: number): number[] => [1, 2, 4].map((bit) => (label & bit ? 255 : 0));

const classesOf = ([height, width]: Size, seed: number): Int32Array =>
  Int32Array.from(uniformStream(BATCH * height * width, seed), (u) => Math.floor(((u + 1) / 2) * CLASSES));

const imageOf = (classes: Int32Array, size: Size): Tensor4D =>
  tensor4d([...classes].flatMap(colourOf), [BATCH, ...size, 3]);

/** The class of each pixel that has a class's colour; undefined where classes were mixed. */
const labelsOf = (values: Float32Array): (number | undefined)[] =>
  Array.from({ length: values.length / 3 }, (_, i) => {
    const bits = [...values.subarray(3 * i, 3 * i + 3)].map((v) => (v === 255 ? 1 : v === 0 ? 0 : NaN));
    const label = bits[0]! + 2 * bits[1]! + 4 * bits[2]!;
    return Number.isNaN(label) ? undefined : label;
  });

/** What a policy drew, without what it does to colours. */
const withoutColours = (params: NdArrays): NdArrays =>
  Object.fromEntries(
    Object.entries(params).map(([key, value]) => {
      const row = { blend: [1, 0, 0, 0], levels: tableOf(keepLevel), adapt: [0, 0], half: [0] };
      const kept = row[key.replace(/^\d+\//, '') as keyof typeof row] as readonly number[] | undefined;
      if (!kept) return [key, value];
      const rows = Float32Array.from({ length: value.data.length }, (_, i) => kept[i % kept.length]!);
      return [key, { ...value, data: rows }];
    }),
  );

interface Moved {
  readonly image: Float32Array;
  readonly map: Float32Array;
}

/** A map and its image after one draw. */
const moveBoth = (made: Augmentation, size: Size, seed: number): Moved => {
  const params = tensorsOf(withoutColours(made.sample(anyStreams(seed), size)));
  const classes = classesOf(size, seed);
  const map = tensor(classes, [BATCH, ...size], 'int32');
  const shape = [BATCH, ...(made.outputSize?.(size) ?? size)];
  const image = made.apply(imageOf(classes, size), params);
  const moved = made.applyTarget!(map, mapSpec(size, OUTSIDE), params, size);
  expect([moved.dtype, moved.shape, image.shape]).toEqual(['int32', shape, [...shape, 3]]);
  return { image: valuesOf(image), map: valuesOf(moved) };
};

/** Holds that a map says the class of every pixel that is one; gives the part of pixels that are. */
const expectFollowed = (made: Augmentation, size: Size, seed: number): number => {
  const { image, map } = moveBoth(made, size, seed);
  const labels = labelsOf(image);
  expect(labels.map((label, i) => label ?? map[i])).toEqual([...map]);
  return labels.filter((label) => label !== undefined).length / labels.length;
};

const make = (plugin: AnyPlugin, options: Options): Augmentation =>
  makeFrom(plugin, options, augmentationPlugins) as Augmentation;

/** Default options; parts for what has parts, and sizes for small pictures. */
const SMALL: Readonly<Record<string, Options>> = {
  'random-resized-crop': { size: 10 },
  'center-crop': { size: 10 },
  resize: { size: 10 },
  cutout: { size: 6 },
  'random-apply': { augmentations: [['flip', {}], ['rotation', {}], ['invert', {}]] }, // prettier-ignore
};
const usual = (plugin: AnyPlugin): Augmentation => make(plugin, SMALL[plugin.name] ?? {});

const named = augmentationPlugins.map((plugin) => [plugin.name, plugin] as const);
const movingPlugins = named.filter(([, plugin]) => !usual(plugin).inPlace);

/** The same options, with what is painted white and what weighs never less than nothing. */
const legible = (plugin: AnyPlugin, options: Options): Options => ({
  ...options,
  ...('fill' in (plugin.options.parse(SMALL[plugin.name] ?? {}) as Options) ? { fill: 255 } : {}),
  ...('filter' in options ? { filter: 'bilinear' } : {}),
});

const anySize = fc.constantFrom<Size>([1, 1], [2, 3], [8, 8], [17, 12]);

describe.each(movingPlugins)('%s', (name, plugin) => {
  it.skipIf(plugin.uses)(
    'gives every pixel of a map the class that the image shows there, whatever is drawn',
    () => {
      let seen = 0;
      const cases = fc.record({ options: anyOptions(plugin, []), size: anySize, seed: fc.nat(1000) });
      const holds = ({ options, size, seed }: { options: Options; size: Size; seed: number }): void => {
        const made = accepted(plugin, options, size);
        fc.pre(made !== undefined);
        seen += expectFollowed(made, size, seed);
      };
      fc.assert(fc.property(cases, holds), { numRuns: /augment$/.test(name) ? 5 : 20, seed: 5 });
      expect(seen, name).toBeGreaterThan(2);
    },
  );
});

/** An augmentation of pictures that are not too large to test, unless it is refused. */
const accepted = (plugin: AnyPlugin, options: Options, size: Size): Augmentation | undefined => {
  try {
    const made = make(plugin, legible(plugin, options));
    made.check?.(size);
    return Math.max(...(made.outputSize?.(size) ?? size)) > 20 ? undefined : made;
  } catch {
    return undefined;
  }
};

/** Kernels that run and values that are read while a target is moved. */
const workOf = async (made: Augmentation, target: Tensor, spec: TargetSpec, seed: number) => {
  const params: DrawnParams = tensorsOf(made.sample(streamsOf(BATCH, seed), [12, 14]));
  const before = memory().numTensors;
  let moved: Tensor | undefined;
  const { newTensors, kernels } = await profile(() => {
    moved = made.applyTarget!(target, spec, params, [12, 14]);
    return moved;
  });
  expect(newTensors).toBe(1);
  expect(memory().numTensors).toBe(before + 1);
  return { kernels: kernels.map(({ name }) => name), dtype: moved!.dtype, shape: moved!.shape };
};

describe.each(named)('%s', (_, plugin) => {
  const made = usual(plugin);
  const size = made.outputSize?.([12, 14]) ?? [12, 14];

  it('leaves every pixel in place, or moves maps and boxes', () => {
    if (made.inPlace) expect(size).toEqual([12, 14]);
    else expect(made.moves).toEqual(['map', 'boxes']);
  });

  it.skipIf(made.inPlace)('does the same work for every draw, and leaves no tensor behind', async () => {
    const map = tensor(classesOf([12, 14], 1), [BATCH, 12, 14], 'int32');
    const boxes = tensor(
      uniformStream(BATCH * 15, 2).map((u) => u * 12),
      [BATCH, 3, 5],
    );
    for (const [target, spec, shape] of [
      [map, mapSpec([12, 14]), [BATCH, ...size]],
      [boxes, boxSpec(3, 5), [BATCH, 3, 5]],
    ] as const) {
      const works = [await workOf(made, target, spec, 3), await workOf(made, target, spec, 4)];
      expect(works[0]).toEqual(works[1]);
      expect(works[0]).toMatchObject({ dtype: target.dtype, shape });
    }
  });
});

describe('views', () => {
  const parts: View = [crop({ size: 12, pad: 2, fill: 255 }), flip(), rotation({ fill: 255 })];

  it('move a map through all of their augmentations', () => {
    const all = sequence('all', [...parts, rotate90(), resize({ size: [9, 14] })]);
    expect(all.moves).toEqual(['map', 'boxes']);
    expect(expectFollowed(all, [12, 14], 3)).toBeGreaterThan(0.1);
  });

  it('move a map where random-apply moves the image', () => {
    for (const p of [0, 0.5, 1]) {
      const some = randomApply({ p, augmentations: parts });
      expect(expectFollowed(some, [12, 12], 4)).toBe(1);
    }
  });

  it('move what all of their parts move, and are in place where all of these are', () => {
    const stays: View = [invert(), cutout({ size: 4 })];
    const mirrored = crop({ border: 'reflect' });
    expect(sequence('colours', stays)).toMatchObject({ inPlace: true });
    expect(randomApply({ p: 1, augmentations: stays })).toMatchObject({ inPlace: true });
    expect(sequence('both', [...stays, mirrored])).toMatchObject({ inPlace: false, moves: ['map'] });
    const unknown: Augmentation = { name: 'unknown', sample: () => ({}), apply: (images) => images };
    expect(sequence('unknown', [flip(), unknown])).toMatchObject({ inPlace: false, moves: [] });
    expect(randomApply({ p: 1, augmentations: [unknown] })).toMatchObject({ inPlace: false, moves: [] });
  });
});

describe('maps', () => {
  it('hold −1 where there is no image, unless another class is named', () => {
    const map = tensor([5, 6], [1, 1, 2], 'int32');
    const right = { matrix: tensor([[1, 0, -0.5, 0, 1, 0.5]]) }; // by one pixel
    const moved = (outside?: number) => [
      ...valuesOf(translate().applyTarget!(map, mapSpec([1, 2], outside), right, [1, 2])),
    ];
    expect(moved()).toEqual([-1, 5]);
    expect(moved(255)).toEqual([255, 5]);
  });
});
