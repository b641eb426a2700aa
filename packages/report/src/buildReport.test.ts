import {
  float32,
  seedOf,
  uint8,
  UnderstoryError,
  type NdArray,
  type Prediction,
  type Predictions,
  type TargetSpec,
} from '@understory/core';
import { describe, expect, it } from 'vitest';
import { buildReport } from './buildReport.ts';
import type { ReportInput, ReportMethod } from './input.ts';
import { CLASSES, sampleInput } from './sample.test.data.ts';
import { thin } from './sections/curves/thin.ts';
import { mistakesToShow } from './math/mistakesToShow.ts';

const sample = sampleInput();
const bare = (
  methods: readonly ReportMethod[],
  classes: readonly string[] = ['cat', 'dog'],
): ReportInput => ({
  title: 'A title',
  date: '2026-11-23',
  dataset: { name: 'pets', classes },
  methods,
});
/** Logits that name class `named[i]` for image i. */
const answers = (labels: number[], named: number[], classes = 2, sure = 3): Predictions => ({
  classes,
  logits: Float32Array.from({ length: labels.length * classes }, (_, i) =>
    i % classes === named[Math.floor(i / classes)] ? sure : 0,
  ),
  labels: Int32Array.from(labels),
});
/** Signs of a value that was not there, in what a reader sees. */
const slips = (page: string): string[] => {
  const seen = page.replace(/<(script|style)>[\s\S]*?<\/\1>|data:[^"]*/g, '');
  return [...seen.matchAll(/.{30}(?:NaN|undefined|Infinity|\[object).{30}/g)].map((m) => m[0]);
};
const ids = (page: string): string[] => [...page.matchAll(/<section\s+id="(\w+)"/g)].map((m) => m[1]!);
const without = <T extends object, K extends keyof T>(value: T, ...keys: K[]): Omit<T, K> =>
  Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key as K))) as Omit<T, K>;
const headlineOf = (methods: readonly ReportMethod[]): string =>
  /<h1>([\s\S]*?)<\/h1>/.exec(buildReport(bare(methods)))![1]!.replaceAll('\u202f', ' ');

describe('a report', () => {
  const page = buildReport(sample);

  it('has all parts in order, in one file that is not heavy', () => {
    expect(ids(page)).toEqual([
      'result',
      'curves',
      'views',
      'confusions',
      'calibration',
      'stages',
      'mistakes',
      'again',
    ]);
    expect(page.length).toBeLessThan(3_000_000);
    expect(page).not.toMatch(/(?:src|href)="(?!data:|#)/);
    expect(slips(page)).toEqual([]);
  });

  it('shows what is the best, and how sure that is', () => {
    expect(page).toContain('Contrastive deep supervision gets');
    expect(page).toContain('McNemar');
    expect(page.match(/class="pill"/g)).toHaveLength(4);
  });

  it('has no identifier twice and no link that leads nowhere', () => {
    const found = [...page.matchAll(/\sid="([^"]*)"/g)].map((m) => m[1]!);
    expect(new Set(found).size).toBe(found.length);
    for (const [, target] of page.matchAll(/(?:href="#|aria-controls="|aria-labelledby=")([^"]+)"/g)) {
      expect(found).toContain(target);
    }
  });

  it('stays light with photographs, however large', () => {
    const noise = (side: number, at: number) => {
      const rng = seedOf(at).rng();
      return uint8(
        Uint8Array.from({ length: side * side * 3 }, () => rng.integer(0, 255)),
        [side, side, 3],
      );
    };
    const [first] = sample.methods;
    const heavy = buildReport({
      ...sample,
      methods: [{ ...first!, embeddings: first!.embeddings!.slice(0, 1) }],
      sample: {
        ...sample.sample!,
        pictures: sample.sample!.pictures!.map((_, i) => noise(32, i)),
      },
      pictures: new Map([...sample.pictures!.keys()].map((at) => [at, { picture: noise(100, at) }])),
    });
    expect(heavy.length).toBeLessThan(3_000_000);
    expect(heavy).toContain('id="sprites"');
  });
});

describe('a headline', () => {
  const method = (label: string, named: number[]): ReportMethod => ({
    label,
    predictions: answers([0, 0, 1, 1], named),
  });

  it('says one result, a lead, a tie, or that the first stays ahead', () => {
    expect(headlineOf([method('plain', [0, 0, 1, 0])])).toBe('Plain gets 75.0 % of 4 test images right.');
    expect(headlineOf([method('plain', [0, 1, 1, 0]), method('deep', [0, 0, 1, 0])])).toBe(
      'Deep gets 75.0 % of 4 test images right, 25.0 points more than plain, which chance could explain.',
    );
    expect(headlineOf([method('plain', [0, 0, 1, 1]), method('deep', [0, 0, 1, 0])])).toBe(
      'Plain gets 100.0 % of 4 test images right, 25.0 points more than deep, which chance could explain.',
    );
    expect(headlineOf([method('plain', [0, 0, 1, 0]), method('deep', [0, 1, 1, 1])])).toBe(
      'Plain and deep are level: each gets 75.0 % of 4 test images right.',
    );
    expect(headlineOf([{ label: 'nothing' }])).toBe('A title');
  });
});

describe('parts that are missing', () => {
  it('are left out', () => {
    expect(ids(buildReport(bare([{ label: 'a' }])))).toEqual(['result']);
    expect(ids(buildReport(bare([{ label: 'a', steps: [], epochs: [], embeddings: [] }])))).toEqual([
      'result',
    ]);
    const rest = without(sample, 'sample', 'views');
    const methods = rest.methods.map((m) => without(m, 'embeddings'));
    expect(ids(buildReport({ ...rest, methods }))).toEqual([
      'result',
      'curves',
      'confusions',
      'calibration',
      'mistakes',
      'again',
    ]);
  });

  it('of one method alone leave gaps, not errors', () => {
    const labels = Int32Array.of(0, 1, 0, 1, 1);
    const page = buildReport({
      ...bare([
        {
          label: 'a',
          steps: [{ step: 0, loss: NaN, terms: { x: 1 } }],
          predictions: answers([0, 1], [0, 1]),
        },
        {
          label: 'b',
          embeddings: [{ stage: 's', values: float32(new Float32Array(10), [5, 2]) }],
          seconds: 3,
        },
      ]),
      sample: { labels },
      pictures: new Map(),
    });
    expect(ids(page)).toEqual(['result', 'curves', 'confusions', 'calibration', 'stages']);
    expect(slips(page)).toEqual([]);
  });

  it('of a set with no test image are no result', () => {
    const page = buildReport(bare([{ label: 'a', predictions: answers([], []) }]));
    expect(slips(page)).toEqual([]);
  });
});

it('tells where the best epoch was chosen on the test set', () => {
  const split = { validation: { accuracy: 0.5 }, test: { accuracy: 0.5 } };
  const epoch = { epoch: 0, step: 1, metrics: { accuracy: 0.5 } };
  const result = { selectOn: 'test', bestEpoch: 1, last: split, best: split } as const;
  const page = buildReport(bare([{ label: 'a', result, epochs: [{ ...epoch, split: 'test' }] }]));
  expect(page).toContain('chosen on the test set itself');
  expect(page).toContain('Metrics are those of the test images after each epoch');
  const both = buildReport(
    bare([
      { label: 'a', result, epochs: [{ ...epoch, split: 'test' }] },
      { label: 'b', epochs: [epoch] },
    ]),
  );
  expect(both).toContain('Metrics are those of the validation or test images after each epoch');
});

it('draws many classes, and many methods', () => {
  const classes = Array.from({ length: 100 }, (_, i) => `class ${i}`);
  const labels = Array.from({ length: 200 }, (_, i) => i % 100);
  const rng = seedOf(1).rng();
  const methods = Array.from({ length: 8 }, (_, k) => ({
    label: `method ${k}`,
    predictions: answers(
      labels,
      labels.map((y) => (rng.uniform() < 0.5 ? y : rng.integer(0, 99))),
      100,
    ),
    embeddings: [
      {
        stage: 'only',
        values: float32(
          Float32Array.from({ length: 200 * 3 }, () => rng.normal()),
          [200, 3],
        ),
      },
    ],
  }));
  const page = buildReport({
    ...bare(methods.slice(0, 7), classes),
    sample: { labels: Int32Array.from(labels) },
  });
  expect(page).toContain('Confusion matrix of 100 classes');
  expect(page).toContain('other classes');
  expect(page.length).toBeLessThan(1_000_000);
});

describe('hostile names', () => {
  const evil = `</script></style><img src=x onerror="pwned=1"><svg onload='pwned=1'>&`;

  it('stay text, wherever they are shown', () => {
    const first = sample.methods[2]!;
    const page = buildReport({
      ...sample,
      title: evil,
      date: evil,
      dataset: { ...sample.dataset, name: evil, classes: CLASSES.map((_, i) => `${evil}${i}`) },
      methods: [
        {
          ...first,
          label: evil,
          summary: evil,
          engine: evil,
          config: { [evil]: evil },
          steps: [{ step: 0, loss: 1, terms: { [evil]: 1, other: 2 } }],
          epochs: [{ epoch: 0, step: 1, metrics: { [evil]: 1 } }],
          embeddings: [{ stage: evil, values: first.embeddings![0]!.values }],
        },
      ],
      views: { ...sample.views!, titles: [evil] },
      pictures: new Map([...sample.pictures!].map(([at, p]) => [at, { ...p, name: evil }])),
      reproduce: { command: evil, seed: 1, versions: { [evil]: evil } },
    });
    expect(page).not.toContain('<img src=x');
    expect(page).not.toContain('<svg onload');
    expect(page.match(/<\/script>/g)!.length).toBe(page.match(/<script/g)!.length);
    expect(page.match(/<\/style>/g)).toHaveLength(1);
  });
});

describe('input that does not fit together', () => {
  const refused = (input: ReportInput): string => {
    try {
      buildReport(input);
      return 'no error';
    } catch (error) {
      return error instanceof UnderstoryError && error.code === 'report-input'
        ? error.message
        : String(error);
    }
  };

  it('is refused with both sizes', () => {
    const method = { label: 'm', predictions: answers([0, 1], [0, 0]) };
    expect(refused(bare([]))).toContain('no method');
    expect(refused(bare([method], ['a', 'b', 'c']))).toContain('predicts 2 classes, the dataset has 3');
    expect(
      refused(bare([{ ...method, predictions: { ...method.predictions, logits: new Float32Array(3) } }])),
    ).toContain('3 logits for 2');
    expect(refused(bare([{ ...method, predictions: answers([0, 2], [0, 0]) }]))).toContain('label 2');
    expect(refused(bare([method, { label: 'n', predictions: answers([1, 0], [0, 0]) }]))).toContain(
      'same images',
    );
    const embeddings = [{ stage: 's', values: float32([1, 2], [2, 1]) }];
    expect(refused(bare([{ label: 'm', embeddings }]))).toContain('`sample`');
    expect(
      refused({ ...bare([{ label: 'm', embeddings }]), sample: { labels: Int32Array.of(0) } }),
    ).toContain('wants 1 rows');
    expect(refused({ ...bare([{ label: 'm', embeddings }]), sample: {} })).toContain('wants 0 rows');
    const again = [{ ...embeddings[0]!, again: float32([1, 2, 3, 4], [2, 2]) }];
    const labels = Int32Array.of(0, 0);
    expect(refused({ ...bare([{ label: 'm', embeddings: again }]), sample: { labels } })).toContain(
      'have 1 and 2 columns',
    );
    const picture = float32([1, 2, 3], [1, 1, 3]);
    expect(refused({ ...bare([method]), pictures: new Map([[0, { picture }]]) })).toContain('wants uint8');
  });
});

describe('examples that do not fit', () => {
  const refused = (input: ReportInput): string => {
    try {
      buildReport(input);
      return 'no error';
    } catch (error) {
      return (error as UnderstoryError).message;
    }
  };
  const picture = uint8(new Uint8Array(3), [1, 1, 3]);
  const ofKind = (spec: TargetSpec, truth?: NdArray): string =>
    refused({
      ...bare([{ label: 'm' }]),
      examples: { targets: { truth: spec }, images: [{ picture, targets: truth ? { truth } : {} }] },
    });
  const said = (examples: readonly (Prediction | undefined)[], images = 1): string =>
    refused({
      ...bare([{ label: 'm', examples }]),
      ...(images > 0 && {
        examples: { targets: {}, images: Array.from({ length: images }, () => ({ picture, targets: {} })) },
      }),
    });

  it('are refused with both sizes', () => {
    expect(said([undefined, undefined])).toContain('"m" says something of 2 examples; there are 1');
    expect(said([undefined], 0)).toContain('there are 0');
    const map = { kind: 'map', size: [2, 2], classes: [], map: new Int32Array(3) } as const;
    expect(said([map])).toContain('the map of "m" for example 0 is [2, 2] with 3 values');
    const wide = uint8(new Uint8Array(3), [3]);
    const labels = { kind: 'labels', dtype: 'uint8', shape: [3] } as const;
    expect(ofKind(labels, wide)).toContain('has shape [3]; it wants one number a class [2]');
    expect(ofKind({ ...labels, shape: [2] }, wide)).toContain('is [3] with 3 values; it wants [2]');
    expect(ofKind({ ...labels, shape: [2] })).toContain('the target "truth" of example 0 is missing');
    expect(ofKind({ kind: 'map', dtype: 'uint8', shape: [3] }, wide)).toContain('it wants a class a pixel');
    expect(ofKind({ kind: 'boxes', dtype: 'float32', shape: [1, 3] })).toContain('four numbers a box');
    expect(ofKind({ kind: 'class', dtype: 'int32', shape: [1] })).toContain('it wants a single class []');
    expect(
      refused({
        ...bare([{ label: 'm' }]),
        examples: { targets: {}, images: [{ picture: wide, targets: {} }] },
      }),
    ).toContain('the picture of example 0 is uint8 [3]');
  });
});

describe('helpers', () => {
  it('name the pictures that are wanted', () => {
    const labels = [0, 1, 0, 1];
    const methods = [
      [0, 0, 1, 1],
      [0, 1, 1, 0],
    ].map((named) => ({ predictions: answers(labels, named) }));
    expect(mistakesToShow(methods)).toEqual([1, 2, 3]);
    expect(mistakesToShow([{}])).toEqual([]);
  });

  it('thin a long curve by means, and leave a short one', () => {
    const points = Array.from({ length: 1000 }, (_, i) => [i, i % 2 === 1 ? 1 : NaN] as const);
    const thinned = thin(points);
    expect(thinned.length).toBeLessThanOrEqual(120);
    expect(thinned.every(([, y]) => y === 1)).toBe(true);
    expect(
      thin([
        [0, 3],
        [1, NaN],
      ]),
    ).toEqual([
      [0, 3, 'step 0'],
      [1, NaN, 'step 1'],
    ]);
    expect(thin(points)[1]?.[2]).toBe('steps 9 to 17');
    expect(thin([])).toEqual([]);
  });
});
