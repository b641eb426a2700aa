import { int32, uint8, type NdArrays, type Prediction, type Targets } from '@understory/core';
import { expect, it } from 'vitest';
import { buildReport } from '../buildReport.ts';
import type { ReportInput, ReportMethod } from '../input.ts';
import { inputsOfKinds } from '../kinds.test.data.ts';
import { sampleInput } from '../sample.test.data.ts';
import { colourOf, mapColours, NONE, REST } from './predictions/mapColours.ts';

const NAMES = ['cat', 'dog', 'owl'];
const picture = uint8(new Uint8Array(4 * 4 * 3).fill(90), [4, 4, 3]);
const ids = (page: string): string[] => [...page.matchAll(/<section\s+id="([\w-]+)"/g)].map((m) => m[1]!);
const plain = (page: string): string => page.replaceAll(/\s+/g, ' ').replaceAll('\u202f', ' ');
/** The words of the section, without markup. */
const textOf = (page: string): string => {
  const section =
    /<section id="predictions"[\s\S]*?<\/section>/.exec(page.replaceAll(/\s+/g, ' '))?.[0] ?? '';
  return plain(section.replaceAll(/<[^>]*>/g, ' '));
};

const inputOf = (
  targets: Targets,
  truth: NdArrays,
  said: readonly (Prediction | undefined)[],
  more: Partial<ReportMethod> = {},
): ReportInput => ({
  title: 'A title',
  date: '2026-11-28',
  task: 'own',
  dataset: { name: 'pets', classes: NAMES },
  methods: said.map((prediction, i) => ({ label: `method ${i}`, examples: [prediction], ...more })),
  examples: { targets, images: [{ picture, name: 'a <photo>', targets: truth }] },
});

it('tells of labels which are right, which wrongly given and which missed, in words too', () => {
  const prediction = (chosen: readonly string[]): Prediction => ({
    kind: 'labels',
    labels: NAMES.map((name, i) => ({ class: name, probability: 0.2 + 0.3 * i })),
    chosen,
  });
  const spec = { labels: { kind: 'labels', dtype: 'uint8', shape: [3] } } as const;
  const truth = { labels: uint8(Uint8Array.of(1, 0, 1), [3]) };
  const text = textOf(buildReport(inputOf(spec, truth, [prediction(['dog', 'owl']), prediction([])])));
  expect(text).toContain('a &lt;photo&gt;');
  expect(text).toMatch(/What is true cat owl /);
  expect(text).toMatch(
    /method 0 ○ missed: cat 20 % ✗ wrongly given: dog 50 % ✓ right: owl 80 % method 1 ○ missed: cat 20 % ○ missed: owl 80 %/,
  );
  const none = { labels: uint8(new Uint8Array(3), [3]) };
  expect(textOf(buildReport(inputOf(spec, none, [prediction([])])))).toContain('no label, which is right');
  const unknown = textOf(buildReport(inputOf({}, {}, [prediction(['dog']), prediction([])])));
  expect(unknown).not.toContain('What is true');
  expect(unknown).toMatch(/method 0 dog 50 % method 1 no label/);
});

it('counts the pixels of a map that are right, where the truth is known and lies over it', () => {
  const spec = { map: { kind: 'map', dtype: 'uint8', shape: [2, 2], outside: 255 } } as const;
  const truth = { map: uint8(Uint8Array.of(0, 1, 1, 255), [2, 2]) };
  const said = (map: number[], size: readonly [number, number] = [2, 2]): Prediction => ({
    ...{ kind: 'map', size, classes: NAMES },
    map: Int32Array.from(map),
  });
  const input = inputOf(spec, truth, [said([0, 1, 2, 2]), said([-1, -1, -1, -1]), said([1], [1, 1])]);
  const text = textOf(buildReport(input));
  expect(text).toContain('cat dog owl no class');
  expect(text).toMatch(/What is true dog 50 %, cat 25 % and no class 25 %/);
  expect(text).toMatch(/method 0 66.7 % of the pixels right owl 50 %, cat 25 % and dog 25 %/);
  expect(text).toMatch(/method 1 0.0 % of the pixels right no class 100 %/);
  expect(text).toMatch(/method 2 dog 100 %/);
});

it('gives two classes of a map one colour only where it says so', () => {
  const colours = mapColours([Array.from({ length: 40 }, (_, c) => c), [3, 3, -1]]);
  expect(new Set([...colours.coloured.values()].map(String)).size).toBe(30);
  expect(colours.coloured.has(3)).toBe(true);
  expect([colours.others, colours.none]).toEqual([true, true]);
  expect([colourOf(colours, -1), colourOf(colours, 39)]).toEqual([NONE, REST]);
  expect([...mapColours([[7, 2, 2]]).coloured.keys()]).toEqual([2, 7]);
});

it('draws boxes on one picture that all point to, and says which are not drawn', () => {
  const spec = { boxes: { kind: 'boxes', dtype: 'float32', shape: [2, 5] } } as const;
  const values = Float32Array.of(1, 1, 3, 3, 1, 0, 0, 0, 0, 0);
  const truth = { boxes: { dtype: 'float32', shape: [2, 5], data: values } } as const;
  const said: Prediction = {
    kind: 'boxes',
    boxes: [
      { class: 'owl', probability: 0.3, box: [0, 0, 1, 1] },
      { class: 'dog', probability: 0.9, box: [1, 1, 3, 3] },
      { class: 'cat', probability: 0.8, box: [NaN, 0, 1, 1] },
      ...Array.from({ length: 30 }, () => ({ class: 'cat', probability: 0.1, box: [0, 0, 2, 2] as const })),
    ],
  };
  const page = plain(buildReport(inputOf(spec, truth, [said, said])));
  expect(textOf(page)).toMatch(/What is true 1 dog method 0/);
  expect(textOf(page)).toMatch(/dog 90 % owl 30 % cat 10 %/);
  expect(textOf(page)).toContain('and 12 less likely ones');
  expect(textOf(page)).toContain('1 not drawn: numbers that are not finite');
  expect(page.match(/<image /g)).toHaveLength(1);
  expect(page.match(/<use href="#example-0-picture"/g)).toHaveLength(2);
  expect(page).toMatch(/class="box k1" x="50.0" y="50.0" width="100.0" height="100.0"/);
  expect(page.match(/class="box dashed"/g)).toHaveLength(2);
});

it('names the likeliest classes, and marks the true one', () => {
  const spec = { label: { kind: 'class', dtype: 'int32', shape: [] } } as const;
  const said: Prediction = {
    kind: 'class',
    classes: [0.5, 0.3, 0.2, 0].map((probability, i) => ({ class: [...NAMES, 'elk'][i]!, probability })),
  };
  const text = textOf(buildReport(inputOf(spec, { label: int32([1], []) }, [said, undefined])));
  expect(text).toMatch(/What is true dog method 0 cat 50 % ✓ dog 30 % owl 20 % method 1 no answer/);
});

it('compares with the first target of a kind', () => {
  const labels = { kind: 'labels', dtype: 'uint8', shape: [3] } as const;
  const truth = { b: uint8(Uint8Array.of(0, 1, 0), [3]), a: uint8(Uint8Array.of(1, 0, 0), [3]) };
  const said: Prediction = { kind: 'labels', labels: [], chosen: ['dog'] };
  const text = textOf(buildReport(inputOf({ b: labels, a: labels }, truth, [said])));
  expect(text).toMatch(/What is true dog method 0 ✓ right: dog/);
});

it('leaves out what is true of one class an image where images have none', () => {
  for (const [kind, input] of Object.entries(inputsOfKinds())) {
    const page = buildReport(input);
    expect(ids(page), kind).toEqual(['result', 'curves', 'views', 'predictions', 'stages', 'again']);
    expect(plain(page)).toContain('views of one image be alike');
    expect(page).not.toMatch(
      /no class<\/figcaption>|nearest neighbours|images right|McNemar|Pick out a class/,
    );
    expect(textOf(page)).not.toMatch(/NaN|undefined/);
  }
});

it('tells the result by the first of the runs’ own numbers, by its goal', () => {
  const headline = (page: string): string => plain(/<h1>([\s\S]*?)<\/h1>/.exec(page)![1]!);
  const { labels, map } = inputsOfKinds();
  expect(headline(buildReport(labels))).toBe(
    'Contrastive deep supervision reaches F1 80.0 % on 120 test images, 15.0 points more than baseline (one run each).',
  );
  const with_ = (metrics: ReportInput['metrics'], ...values: number[]): string => {
    const methods = map.methods.map((method, i) => {
      const split = { validation: { loss: 9 }, test: { accuracy: 0.9, loss: values[i]! } };
      return {
        ...method,
        result: { selectOn: 'validation', bestEpoch: 0, best: split, last: split } as const,
      };
    });
    return headline(buildReport({ ...map, methods, ...(metrics ? { metrics } : {}) }));
  };
  const loss = { name: 'loss', goal: 'min' } as const;
  expect(with_([loss], 2, 1.5)).toBe(
    'Contrastive deep supervision reaches loss 1.5 on 120 test images, 0.5 less than baseline (one run each).',
  );
  expect(with_([loss], 1.5, 2)).toBe(
    'Baseline reaches loss 1.5 on 120 test images, 0.5 less than contrastive deep supervision (one run each).',
  );
  expect(with_([loss], 2, 2)).toBe(
    'Baseline and contrastive deep supervision are level: each reaches loss 2 on 120 test images.',
  );
  expect(with_([{ name: 'loss' }], 2, 1)).toBe(
    'Loss on 120 test images: baseline 2 and contrastive deep supervision 1.',
  );
});

it('takes no number for the accuracy of images where another task told it', () => {
  const { map } = inputsOfKinds();
  const split = { validation: {}, test: { accuracy: 0.93, ece: 0.1 } };
  const result = { selectOn: 'validation', bestEpoch: 0, best: split, last: split } as const;
  const [pixels, other] = map.methods;
  const classes = {
    label: 'classes',
    result,
    predictions: { classes: 4, logits: Float32Array.of(1, 0, 0, 0), labels: Int32Array.of(0) },
  };
  for (const task of ['semantic-segmentation', 'classification']) {
    const alone = plain(buildReport({ ...map, task, methods: [{ ...pixels!, result }] }));
    expect(alone).toContain('reaches accuracy 93.0 % on 120 test images.');
    const both = plain(buildReport({ ...map, task, methods: [classes, { ...other!, result }] }));
    expect(both).toContain('<h1>Classes gets 100.0 % of 1 test images right.</h1>');
    expect(both.match(/data-title="(?:Accuracy|accuracy)"/g)).toHaveLength(4);
  }
});

it('puts numbers that would make the table wider than the page below it', () => {
  const { map } = inputsOfKinds();
  const [first] = map.methods;
  const numbers = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`iou-${i}`, i / 20]));
  const split = { validation: numbers, test: numbers };
  const result = { selectOn: 'validation', bestEpoch: 0, best: split, last: split } as const;
  const page = plain(buildReport({ ...map, metrics: [], methods: [{ ...first!, result }] }));
  expect([...page.matchAll(/data-title="(iou-\d+)"/g)].map((m) => m[1])).toEqual(['iou-0', 'iou-1', 'iou-2']);
  expect([...page.matchAll(/<th scope="row">(iou-\d+)</g)]).toHaveLength(9);
});

it('tells the numbers of the validation images as such, and those that are not finite', () => {
  const { map } = inputsOfKinds();
  const [first] = map.methods;
  const split = { validation: { 'mean-iou': 0.5, other: NaN }, test: {} };
  const result = { selectOn: 'validation', bestEpoch: 0, best: split, last: split } as const;
  const page = plain(buildReport({ ...map, methods: [{ ...first!, result }] }));
  expect(page).toContain('reaches mean IoU 50.0 % on 100 validation images.');
  expect(page).toContain('There are no test images: the numbers are of the validation images');
  expect(page).toContain('The other of <b>baseline</b> is not finite.');
});

it('is left out where sections of classes show the same', () => {
  const sample = sampleInput();
  const [first] = sample.methods;
  const prediction: Prediction = { kind: 'class', classes: [] };
  const page = buildReport({
    ...sample,
    task: 'classification',
    methods: [{ ...first!, embeddings: [], examples: [prediction] }],
    examples: { targets: {}, images: [{ picture, targets: {} }] },
  });
  expect(ids(page)).not.toContain('predictions');
  expect(ids(page)).toContain('mistakes');
});
