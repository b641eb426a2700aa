import { clone } from '@tensorflow/tfjs-core';
import { seedOf, type Augmentation, type Spec } from '@understory/core';
import { describe, expect, it } from 'vitest';
import { expectChances } from './distribution.test.support.ts';
import { flip } from './geometric/flip.ts';
import { solarize } from './colour/solarize.ts';
import { crop } from './geometric/crop.ts';
import { augmentationPlugins } from './plugins.ts';
import { randomApply } from './randomApply.ts';
import { sequence } from './sequence.ts';
import { augment, streamImages, streamsOf, testAugmentation, valuesOf } from './testing.test.support.ts';
import { cifarViews, evaluationView, fixMatchViews, imagenetViews, sskdViews } from './views.ts';

const make = (spec: Spec): Augmentation => {
  const [name, options] = typeof spec === 'string' ? [spec, {}] : spec;
  const found = augmentationPlugins.find((p) => p.name === name);
  return found!.create(found!.options.parse(options)) as Augmentation;
};

describe('the views', () => {
  const all = [...cifarViews(), ...sskdViews(), ...fixMatchViews()];
  it.each(all.map((view) => [JSON.stringify(view), view] as const))('%s keeps the size', (_, view) => {
    const made = augment(sequence('view', view.map(make)), streamImages([2, 32, 32, 3]));
    expect(made.shape).toEqual([2, 32, 32, 3]);
    made.dispose();
  });

  it.each([...imagenetViews(24), evaluationView(24)].map((view) => [JSON.stringify(view), view] as const))(
    '%s has one size',
    (_, view) => {
      const made = augment(sequence('view', view.map(make)), streamImages([2, 40, 33, 3]));
      expect(made.shape).toEqual([2, 24, 24, 3]);
      made.dispose();
    },
  );

  it('are those of the official CIFAR code', () => {
    expect(cifarViews()).toEqual([
      [['crop', { pad: 4, fill: 128 }], 'flip', ['cutout', { size: 16 }]],
      [
        ['crop', { pad: 4, fill: 0 }],
        'flip',
        ['color-jitter', { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1, p: 0.8 }],
        ['grayscale', { p: 0.2 }],
      ],
    ]);
  });
});

describe('sequence', () => {
  testAugmentation(sequence('both', [crop({ size: 8, pad: 0 }), flip(), solarize()]));

  it('is its parts, one after the other, on the same streams', () => {
    const images = streamImages([3, 12, 14, 3]);
    const streams = streamsOf(3);
    const together = sequence('both', [crop(), flip()]).sample(streamsOf(3), [12, 14]);
    expect(together['0/top']).toEqual(crop().sample(streams, [12, 14])['top']);
    expect(together['1/flip']).toEqual(flip().sample(streams, [12, 14])['flip']);
    images.dispose();
  });
});

describe('randomApply', () => {
  testAugmentation(randomApply({ p: 0.5, augmentations: [flip({ p: 1 }), solarize({ p: 1 })] }));

  it('is done with its probability', () => {
    const { apply } = randomApply({ p: 0.3, augmentations: [flip()] }).sample(streamsOf(5_000), [6, 6]);
    expectChances(
      apply!.data,
      new Map([
        [0, 0.7],
        [1, 0.3],
      ]),
    );
  });

  it('does all or nothing', () => {
    const images = streamImages([2, 6, 6, 3]);
    const nothing = randomApply({ p: 0, augmentations: [flip({ p: 1 })] });
    const everything = randomApply({ p: 1, augmentations: [flip({ p: 1 })] });
    expect(valuesOf(augment(nothing, images))).toEqual(valuesOf(clone(images)));
    expect(valuesOf(augment(everything, images))).toEqual(valuesOf(augment(flip({ p: 1 }), images)));
    images.dispose();
  });

  it('refuses what changes the size', () => {
    const smaller = randomApply({ p: 0.5, augmentations: [crop({ size: 4 })] });
    expect(() => smaller.sample(streamsOf(1), [8, 8])).toThrow(/8×8 pixels into 4×4/);
  });
});

describe('the plugins', () => {
  it('have names of their own, a summary, and described options', () => {
    const names = augmentationPlugins.map((p) => p.name);
    expect(new Set(names).size).toBe(names.length);
    expect(augmentationPlugins.every((p) => p.summary.length > 10)).toBe(true);
  });

  it('refuse an option that they do not know', () => {
    for (const p of augmentationPlugins) expect(() => p.options.parse({ unknown: 1 })).toThrow();
  });

  it('give what they make their own name', () => {
    const simple = augmentationPlugins.filter((p) => p.name !== 'random-apply');
    for (const p of simple) expect((p.create(p.options.parse({})) as Augmentation).name).toBe(p.name);
  });

  it('draw differently for every place', () => {
    const drawn = [0, 1].map((view) =>
      crop().sample([seedOf(1).at(0, view).rng(), seedOf(1).at(1, view).rng()], [32, 32]),
    );
    expect(drawn[0]).not.toEqual(drawn[1]);
  });
});
