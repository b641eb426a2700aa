import { describe, expect, it } from 'vitest';
import { uint8 } from '../contracts/arrays.ts';
import type { Dataset, Samples } from '../contracts/dataset.ts';
import { UnderstoryError } from '../errors.ts';
import { checkData } from './checkData.ts';
import { float32 } from '../contracts/arrays.ts';
import { BOXES, boxesSpec, FRAME, frameSpec } from './boxes.ts';
import { inClassOrder } from './classOrder.ts';
import { compareData } from './compareData.ts';
import { dataLine, describeData } from './describeData.ts';
import { classesOf, classSamples } from './targets.ts';
import { dataFingerprint } from './fingerprint.ts';
import { nameHash } from './nameHash.ts';

type Named = readonly (readonly [name: string, className: string])[];

const samplesOf = (named: Named, classes: readonly string[], side = 8): Samples =>
  classSamples({
    length: named.length,
    size: [side, side],
    labels: Int32Array.from(named, ([, className]) => classes.indexOf(className)),
    read: () => Promise.resolve(new Uint8Array()),
    describe: (i) => named[i]![0],
  });

const TRAIN: Named = [
  ['a.jpg', 'cat'],
  ['b.jpg', 'cat'],
  ['c.jpg', 'dog'],
  ['d.jpg', 'dog'],
];
const HELD: Named = [
  ['e.jpg', 'cat'],
  ['f.jpg', 'dog'],
];

interface Parts {
  readonly classes?: readonly string[];
  readonly train?: Named;
  readonly validation?: Named;
  readonly test?: Named;
  readonly side?: number;
}

const datasetOf = ({ classes = ['cat', 'dog'], train = TRAIN, side, ...parts }: Parts = {}): Dataset => ({
  name: 'pets',
  classes,
  normalization: { mean: [0, 0, 0], std: [1, 1, 1] },
  train: samplesOf(train, classes, side),
  validation: samplesOf(parts.validation ?? HELD, classes, side),
  test: samplesOf(parts.test ?? HELD, classes, side),
  leftOut: [],
});

const without = (named: Named, name: string): Named => named.filter(([n]) => n !== name);
const renamed = (named: Named, name: string, to: string): Named =>
  named.map(([n, c]) => [n === name ? to : n, c] as const);
const relabelled = (named: Named, name: string, to: string): Named =>
  named.map(([n, c]) => [n, n === name ? to : c] as const);

const verdictOf = async (after: Parts, selectOn: 'validation' | 'test' = 'validation'): Promise<string> => {
  const prints = [await dataFingerprint(datasetOf()), await dataFingerprint(datasetOf(after))] as const;
  try {
    return checkData(...prints, selectOn).join('; ') || 'the same';
  } catch (error) {
    expect(error).toBeInstanceOf(UnderstoryError);
    expect((error as Error).message.length).toBeLessThan(400);
    return `refused: ${(error as Error).message.replace(/^.*trained on: /, '').replace(/\. Put it back.*$/, '')}`;
  }
};

/** Every split changed in every way: what becomes of a run that is to go on. */
const CHANGES: readonly (readonly [what: string, after: Parts, outcome: string | RegExp])[] = [
  ['nothing', {}, 'the same'],
  ['an image added', { train: [...TRAIN, ['z.jpg', 'cat']] }, 'refused: train images: 4 → 5 (cat: 2 → 3)'],
  ['an image removed', { train: without(TRAIN, 'c.jpg') }, 'refused: train images: 4 → 3 (dog: 2 → 1)'],
  [
    'an image renamed',
    { train: renamed(TRAIN, 'c.jpg', 'x.jpg') },
    'refused: train images: 4 (dog: others by name)',
  ],
  [
    'an image relabelled',
    { train: relabelled(TRAIN, 'c.jpg', 'cat') },
    'refused: train images: 4 (cat: 2 → 3, dog: 2 → 1)',
  ],
  [
    'two images exchanged between classes',
    { train: relabelled(relabelled(TRAIN, 'c.jpg', 'cat'), 'a.jpg', 'dog') },
    'refused: train images: 4 (cat: others by name, dog: others by name)',
  ],
  [
    'the order of images',
    { train: [...TRAIN].reverse() },
    'refused: train images: 4 (the same, in another order)',
  ],
  [
    'a class added',
    { classes: ['cat', 'dog', 'emu'], train: [...TRAIN, ['z.jpg', 'emu']] },
    'refused: new classes: emu; train images: 4 → 5 (emu: 0 → 1)',
  ],
  ['a class without images added', { classes: ['cat', 'dog', 'emu'] }, 'refused: new classes: emu'],
  [
    'a class renamed',
    {
      classes: ['cat', 'hound'],
      train: TRAIN.map(([n, c]) => [n, c === 'dog' ? 'hound' : c] as const),
      validation: [],
      test: [],
    },
    /^refused: new classes: hound; classes that are gone: dog; and more/,
  ],
  [
    'the order of classes',
    { classes: ['dog', 'cat'] },
    'the order of the classes, so labels are mapped by name',
  ],
  ['the size of images', { side: 9 }, 'refused: images of 9×9 pixels, not 8×8'],
  [
    'a validation image added',
    { validation: [...HELD, ['g.jpg', 'cat']] },
    /^refused: validation images: 2 → 3/,
  ],
  ['a validation image relabelled', { validation: relabelled(HELD, 'e.jpg', 'dog') }, /^refused: validation/],
  ['no validation images', { validation: [] }, /^refused: validation images: 2 → 0/],
  ['a test image added', { test: [...HELD, ['g.jpg', 'cat']] }, 'test images: 2 → 3 (cat: 1 → 2)'],
  ['a test image removed', { test: without(HELD, 'e.jpg') }, 'test images: 2 → 1 (cat: 1 → 0)'],
  ['a test image renamed', { test: renamed(HELD, 'e.jpg', 'x.jpg') }, 'test images: 2 (cat: others by name)'],
  [
    'a test image relabelled',
    { test: relabelled(HELD, 'e.jpg', 'dog') },
    'test images: 2 (cat: 1 → 0, dog: 1 → 2)',
  ],
];

describe('data that a run goes on with', () => {
  it.each(CHANGES)('%s', async (_what, after, outcome) => {
    const verdict = await verdictOf(after);
    if (typeof outcome === 'string') expect(verdict).toBe(outcome);
    else expect(verdict).toMatch(outcome);
  });

  it('must keep the split that chooses the best epoch, and may change the other', async () => {
    const fewer = without(HELD, 'e.jpg');
    expect(await verdictOf({ test: fewer }, 'test')).toMatch(/^refused: test images/);
    expect(await verdictOf({ validation: fewer }, 'test')).toBe('validation images: 2 → 1 (cat: 1 → 0)');
  });

  it('must keep its labelled share', async () => {
    const dataset = datasetOf();
    const print = async (named: Named) =>
      dataFingerprint(dataset, [
        { name: 'labelled', samples: samplesOf(named, dataset.classes), batch: 1, views: [], labelled: true },
      ]);
    const [a, b] = [await print(TRAIN.slice(0, 1)), await print(TRAIN.slice(1, 2))];
    expect(() => checkData(a, b, 'validation')).toThrow(/labelled images: 1 \(cat: others by name\)/);
    expect(compareData(a, await print(TRAIN.slice(0, 1))).streams).toEqual([]);
    expect(() => checkData(a, { ...a, streams: {} }, 'validation')).toThrow(/labelled images: 1 → 0/);
  });
});

describe('classes in another order', () => {
  it('keep their images, and nothing else moves', async () => {
    const [own, other] = [datasetOf(), datasetOf({ classes: ['dog', 'cat'] })];
    const mapped = inClassOrder(other, own.classes);
    for (const split of ['train', 'validation', 'test'] as const)
      expect([...classesOf(mapped[split])]).toEqual([...classesOf(own[split])]);
    expect(await dataFingerprint(mapped)).toEqual(await dataFingerprint(own));
    expect(inClassOrder(own, ['cat', 'dog'])).toBe(own);
    expect(() => inClassOrder(own, ['cat'])).toThrow(/class "dog" that the network does not know/);
  });
});

describe('boxes of classes in another order', () => {
  const boxed = (classes: readonly string[]): Dataset => {
    const dataset = datasetOf({ classes });
    const of = (samples: Samples): Samples => ({
      ...samples,
      targets: { [BOXES]: boxesSpec(1), [FRAME]: frameSpec },
      readTargets: () =>
        Promise.resolve({
          [BOXES]: float32([1, 1, 4, 4, 1, 0, 9], [1, 1, 7]),
          [FRAME]: float32([0, 0, 4, 4, 1, 0], [1, 1, 6]),
        }),
    });
    return { ...dataset, train: of(dataset.train) };
  };

  it('name other classes, and their frame stays as it is', async () => {
    const { train } = inClassOrder(boxed(['dog', 'cat']), ['cat', 'dog']);
    const { [BOXES]: boxes, [FRAME]: frame } = await train.readTargets([0]);
    expect([...boxes!.data]).toEqual([1, 1, 4, 4, 0, 0, 9]);
    expect([...frame!.data]).toEqual([0, 0, 4, 4, 1, 0]);
  });
});

describe('labels in another order', () => {
  const labels = (names: readonly string[], rows: readonly number[]): Dataset => {
    const dataset = datasetOf({ classes: names });
    const of = (samples: Samples): Samples => {
      const data = Uint8Array.from(rows);
      return {
        length: samples.length,
        size: samples.size,
        read: (positions) => samples.read(positions),
        describe: (position) => samples.describe(position),
        targets: { labels: { kind: 'labels', dtype: 'uint8', shape: [names.length] } },
        readTargets: (positions) =>
          Promise.resolve({ labels: uint8(data, [positions.length, names.length]) }),
      };
    };
    return {
      ...dataset,
      train: of(dataset.train),
      validation: of(dataset.validation),
      test: of(dataset.test),
    };
  };

  it('move by their names, in the type that they have, and labels without images come in between', async () => {
    const { test } = inClassOrder(labels(['dog', 'cat'], [1, 0, 1, 1]), ['cat', 'emu', 'dog']);
    expect(test.targets['labels']).toEqual({ kind: 'labels', dtype: 'uint8', shape: [3] });
    expect(await test.readTargets([0, 1])).toEqual({
      labels: uint8(Uint8Array.from([0, 0, 1, 1, 0, 1]), [2, 3]),
    });
  });

  it('are called labels, not classes, where a run starts', () => {
    const dataset = labels(['dog', 'cat'], [1, 0]);
    const data = describeData({ dataset, streams: [{ ...stream, samples: dataset.train }] });
    expect(dataLine(data)).toMatch(/^2 labels; 4 train/);
  });
});

describe('what a start says of its data', () => {
  it('is one line: classes, splits, where they come from, what is left out and why', () => {
    const dataset: Dataset = {
      ...datasetOf(),
      origins: { validation: 'taken from train' },
      leftOut: [
        { reason: 'no image format', count: 5, className: 'bird', examples: ['a.heic', 'b.heic'] },
        { reason: 'over the limit of 100', count: 7, examples: [] },
      ],
    };
    const data = describeData({ dataset, streams: [{ ...stream, samples: dataset.train }] });
    expect(dataLine(data)).toBe(
      '2 classes; 4 train, 2 validation (taken from train), 2 test; ' +
        '12 left out: 7 over the limit of 100, 5 no image format of bird (a.heic, b.heic, …)',
    );
    const share = { ...stream, samples: samplesOf(TRAIN.slice(0, 1), dataset.classes) };
    const resumed = describeData({ dataset: datasetOf(), streams: [share] }, ['test images: 2 → 3']);
    expect(dataLine(resumed)).toBe(
      '2 classes; 4 train, 2 validation, 2 test; 1 of the train images with their labels; ' +
        'changed since the run began: test images: 2 → 3',
    );
  });

  it('tells a reason once, however many classes it left images out of, and counts reasons that find no room', () => {
    const unread = (className: string, count: number, ...examples: readonly string[]) => ({
      ...{ reason: 'cannot be read', className, count, examples },
    });
    const leftOut = [
      { reason: 'hidden', count: 1, examples: ['.x'] },
      { reason: 'no image by its name', count: 1, examples: ['README'] },
      ...[unread('bird', 1, 'b1'), unread('cat', 2, 'c1', 'c2'), unread('dog', 1, 'd1')],
    ];
    const lineOf = (more: Dataset['leftOut'] = []): string => {
      const dataset: Dataset = { ...datasetOf(), leftOut: [...leftOut, ...more] };
      return dataLine(describeData({ dataset, streams: [{ samples: dataset.train }] }));
    };
    expect(lineOf()).toMatch(
      /; 6 left out: 4 cannot be read \(b1, c1, d1, …\), 1 hidden \(\.x\), 1 no image by its name \(README\)$/,
    );
    const others = ['loose', 'of no class', 'strange'].map((reason) => ({ reason, count: 1, examples: [] }));
    expect(lineOf(others.slice(0, 2))).toMatch(/, 1 loose, 1 of no class$/);
    expect(lineOf(others)).toMatch(/, 1 loose, 2 for 2 other reasons$/);
  });

  it('names the classes that a split has no image of, as a check of the data does', () => {
    const cats: Named = [['e.jpg', 'cat']];
    const lineOf = (dataset: Dataset): string =>
      dataLine(describeData({ dataset, streams: [{ samples: dataset.train }] }));
    expect(lineOf(datasetOf({ validation: cats, test: cats }))).toBe(
      '2 classes; 4 train, 1 validation, 1 test; validation has none of 1 class: dog; test has none of 1 class: dog',
    );
    expect(lineOf(datasetOf({ validation: [] }))).toBe('2 classes; 4 train, 0 validation, 2 test');
    const classes = ['cat', ...Array.from({ length: 1200 }, (_, i) => `c${i}`)];
    expect(lineOf(datasetOf({ classes, train: cats, validation: [], test: [] }))).toMatch(
      /^1,201 classes; .*; train has none of 1,200 classes: c0, c1, c2, c3, c4, …$/,
    );
  });
});

it('what a start says stays one line, without codes for the terminal, whatever files are named', () => {
  const leftOut = [{ reason: 'hidden', count: 1, examples: ['a\nb\u001b[31m.png'] }];
  const dataset: Dataset = { ...datasetOf(), leftOut };
  const line = dataLine(describeData({ dataset, streams: [{ ...stream, samples: dataset.train }] }));
  expect(line).toMatch(/1 left out: 1 hidden \(a\?b\?\[31m\.png\)$/);
});

const stream = { name: 'train', batch: 2, views: [], labelled: true };

describe('the hash of a name', () => {
  it('tells a hundred thousand names apart in each of its words', () => {
    const words = Array.from({ length: 100_000 }, (_, i) => nameHash(`train/class ${i % 1000}/${i}.jpg`));
    // By chance alone 1 or 2 pairs of 100,000 agree in 32 bits.
    for (const which of [0, 1] as const)
      expect(new Set(words.map((w) => w[which])).size).toBeGreaterThan(100_000 - 10);
    expect(new Set(words.map(([a, b]) => a * 2 ** 32 + b)).size).toBe(100_000);
  });
});
