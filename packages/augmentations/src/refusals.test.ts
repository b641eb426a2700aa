import { explain, UnderstoryError, type Augmentation } from '@understory/core';
import { describe, expect, it } from 'vitest';
import { makeFrom, type Options } from './anyOptions.test.support.ts';
import { augmentationPlugins, mixingPlugins } from './plugins.ts';
import { augment, streamImages, streamsOf, valuesOf } from './testing.test.support.ts';

type Case = readonly [name: string, options: Options];

const plugins = [...augmentationPlugins, ...mixingPlugins];
const pluginOf = (name: string) => plugins.find((p) => p.name === name)!;
const make = (name: string, options: Options) => makeFrom(pluginOf(name), options, plugins) as Augmentation;

/** The message for options that no picture can have, as the registry words it. */
const refusal = (name: string, options: Options): string => {
  const { options: schema } = pluginOf(name);
  try {
    schema.parse(options);
  } catch (error) {
    return explain(name, options, schema, error).message;
  }
  return 'not refused';
};

describe('options that mean nothing for any picture are refused by name, value and cure', () => {
  it.each<[Case, RegExp]>([
    [['gaussian-blur', { kernel: 4 }], /"kernel" is 4: expected an odd number/],
    [['gaussian-blur', { kernel: 0 }], /"kernel" is 0: expected pixels, a whole number from 1/],
    [['gaussian-blur', { sigma: [2, 0.1] }], /"sigma" is \[2,0.1\]: .*smaller number first/],
    [['gaussian-blur', { sigma: [0, 1] }], /"sigma.0" is 0: expected a number above 0/],
    [['random-resized-crop', { scale: [1, 0.08] }], /"scale" is \[1,0.08\]: .*smaller number first/],
    [['random-resized-crop', { scale: [0.5, 2] }], /"scale.1" is 2: expected a part of the area, 0 to 1/],
    [['random-resized-crop', { ratio: [2, 0.5] }], /"ratio" is \[2,0.5\]: .*smaller number first/],
    [['random-erasing', { ratio: [3.3, 0.3] }], /"ratio" is \[3.3,0.3\]: .*smaller number first/],
    [['random-erasing', { fill: 'nosie' }], /"fill" is "nosie": expected "noise", a grey level or/],
    [['rand-augment', { magnitude: 99 }], /"magnitude" is 99: expected a level from 0 to "levels" − 1/],
    [['rand-augment', { magnitude: 10, levels: 10 }], /"magnitude" is 10: .*more "levels"/],
    [['rand-augment', { operations: 1e9 }], /"operations" is 1000000000: expected operations, .* 1 to 16/],
    [['flip', { p: 1.5 }], /"p" is 1.5: expected a part of the images, 0 to 1/],
    [['flip', { p: -0.1 }], /"p" is -0.1: expected a part of the images, 0 to 1/],
    [['flip', { p: NaN }], /"p" is .*: expected a part of the images, 0 to 1/],
    [['crop', { size: 0 }], /"size" is 0: expected pixels, a whole number from 1/],
    [['crop', { size: 7.5 }], /"size" is 7.5: expected pixels, a whole number/],
    [['crop', { fill: 300 }], /"fill" is 300: expected a level, a whole number from 0 to 255/],
    [['crop', { fill: 'black' }], /"fill" is "black": expected a grey level or \[red, green, blue\]/],
    [['resize', { size: [8] }], /"size" is \[8\]: expected pixels or \[height, width\]/],
    [['color-jitter', { hue: 0.6 }], /"hue" is 0.6: expected a part of a full turn of the hue, 0 to 0.5/],
    [['color-jitter', { brightness: 1e308 }], /"brightness" is 1e\+308: .* 0 to 255/],
    [['sharpness', { factor: Infinity }], /"factor" is .*: expected a factor, 0 to 256/],
    [['rotation', { degrees: NaN }], /"degrees" is .*: expected degrees, 0 to 180/],
    [['shear', { x: 1e30 }], /"x" is 1e\+30: expected pixels a line, 0 to 10/],
    [['posterize', { bits: 9 }], /"bits" is 9: expected bits, a whole number from 1 to 8/],
    [['solarize', { threshold: -1 }], /"threshold" is -1: expected a level, 0 to 256/],
    [['random-apply', { augmentations: [] }], /"augmentations" is \[\]: expected an augmentation or more/],
    [['random-apply', { augmentations: [7] }], /"augmentations.0" is 7: expected a name, or/],
    [['mixup', { alpha: 0 }], /"alpha" is 0: expected the alpha of Beta/],
    [['cutmix', { alpha: 1e308 }], /"alpha" is 1e\+308: expected the alpha of Beta/],
  ])('%j', ([name, options], message) => {
    expect(refusal(name, options)).toMatch(message);
  });
});

describe('options that do not fit the pictures are refused before anything is drawn', () => {
  it.each<[Case, readonly [number, number], RegExp]>([
    [
      ['crop', { pad: 8, border: 'reflect' }],
      [8, 8],
      /^crop: "pad" is 8, and pictures of 8×8 .* "pad" under 8/,
    ],
    [['crop', { pad: 9, border: 'symmetric' }], [9, 8], /"pad" is 9, and pictures of 9×8 .* under 9/],
    [['crop', { pad: 8 }], [8, 8], /"pad" is 8, .* show nothing of them. Give a "pad" under 8/],
    [['crop', { size: 17 }], [8, 8], /17×17 pixels out of 8×8 padded by 4/],
    [['gaussian-blur', { kernel: 17 }], [8, 8], /"kernel" is 17, .* 8×8 .* "kernel" of at most 15/],
    [['gaussian-blur', {}], [1, 8], /"kernel" is 3, .* 1×8 .* Leave gaussian-blur out/],
    [['cutout', {}], [8, 12], /"size" is 16, .* 8×12 .* "size" of at most 8/],
    [['random-resized-crop', { scale: [1e-4, 1e-4] }], [8, 8], /"scale" is .* 8×8 .* larger "scale"/],
    [['random-resized-crop', { ratio: [500, 900] }], [8, 8], /"ratio" \[500,900\].* nearer to 1/],
    [['random-erasing', { scale: [1, 1] }], [8, 8], /"scale" is \[1,1\], .* 8×8/],
    [['resize', { size: 256 }], [1, 100], /"size" is 256, .* 1×100 pixels would become 256×25600/],
    [['random-apply', { augmentations: [['cutout', {}]] }], [8, 8], /^cutout: "size" is 16/],
    [['random-apply', { augmentations: [['rotate90', {}]] }], [8, 9], /8×9 pixels into 9×8 in some images/],
  ])('%j on %j', ([name, options], size, message) => {
    const made = make(name, options);
    expect(() => made.check!(size)).toThrow(message);
    expect(() => made.check!(size)).toThrow(UnderstoryError);
    expect(() => made.sample(streamsOf(1), size)).toThrow(message);
  });

  it.each<[Case, readonly [number, number]]>([
    [
      ['crop', { pad: 7, border: 'reflect' }],
      [8, 8],
    ],
    [
      ['crop', { pad: 8, border: 'symmetric' }],
      [8, 8],
    ],
    [
      ['crop', { pad: 7, border: 'edge' }],
      [8, 8],
    ],
    [
      ['gaussian-blur', { kernel: 15, p: 1 }],
      [8, 8],
    ],
    [
      ['cutout', { size: 9 }],
      [8, 8],
    ], // an odd side is cut down
    [
      ['random-resized-crop', { size: 8, ratio: [20, 20] }],
      [8, 8],
    ],
  ])('%j on %j is the last that fits', ([name, options], size) => {
    const images = streamImages([3, ...size, 3]);
    const made = make(name, options);
    expect(valuesOf(augment(made, images)).every((v) => v >= 0 && v <= 255)).toBe(true);
    images.dispose();
  });
});
