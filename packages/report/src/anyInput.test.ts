import {
  float32,
  int32,
  uint8,
  type NdArray,
  type NdArrays,
  type Prediction,
  type Predictions,
  type Targets,
} from '@understory/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { buildReport } from './buildReport.ts';
import type { ReportInput, ReportMethod } from './input.ts';

/** What people, and people who mean no good, call things; none of it is a word that a missing value would leave. */
const text = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    'cat & dog',
    '</script><script>pwned()</script>',
    '</style><style>*{}</style>',
    `"onload="pwned()`,
    `'><img src=x onerror='pwned()`,
    '<!--',
    '-->',
    ']]>',
    '&lt;b&gt;&#0;',
    '${pwned}',
    '\u2028\u2029\u0000\u001b[2J',
    '\ud800',
    '<svg/onload=pwned()>',
    'javascript:pwned()',
    'ü猫🐈',
    'x'.repeat(500),
    '__proto__',
    'constructor',
  ),
  fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', '/', '=', 'a', ' ', '`', '\\', '\n') }),
);
const number = fc.oneof(
  fc.double(),
  fc.constantFrom(NaN, Infinity, -Infinity, 0, -0, 5e-324, 1e-300, 1.7e308, -1.7e308, 0.5, 1),
  fc.double({ min: -10, max: 10, noNaN: true }),
);
const numbers = fc.dictionary(text, number, { maxKeys: 3 });
const count = fc.oneof(fc.nat(20), fc.constantFrom(0, 1e12));

const array = <T>(one: fc.Arbitrary<T>, length: number): fc.Arbitrary<T[]> =>
  fc.array(one, { minLength: length, maxLength: length });
const picture: fc.Arbitrary<NdArray> = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }))
  .map(([h, w]) => uint8(new Uint8Array(h * w * 3).fill(9), [h, w, 3]));
const rows = (n: number): fc.Arbitrary<NdArray> =>
  fc.nat(3).chain((d) => array(number, n * d).map((values) => float32(Float32Array.from(values), [n, d])));
const split = fc.record({ validation: numbers, test: numbers });

/** A target of every kind: [] and [classes], [2, 2], [2, 5]. */
const targetsOf = (classes: number): Targets => ({
  label: { kind: 'class', dtype: 'int32', shape: [] },
  labels: { kind: 'labels', dtype: 'uint8', shape: [classes] },
  map: { kind: 'map', dtype: 'int32', shape: [2, 2], outside: 9 },
  boxes: { kind: 'boxes', dtype: 'float32', shape: [2, 5] },
  values: { kind: 'values', dtype: 'float32', shape: [2] },
});
const truth = (classes: number): fc.Arbitrary<NdArrays> =>
  fc.record({
    label: fc.integer({ min: -1, max: classes }).map((y) => int32([y], [])),
    labels: array(fc.nat(1), classes).map((has) => uint8(Uint8Array.from(has), [classes])),
    map: array(fc.integer({ min: -1, max: 9 }), 4).map((map) => int32(map, [2, 2])),
    boxes: array(number, 10).map((boxes) => float32(boxes, [2, 5])),
    values: array(number, 2).map((values) => float32(values, [2])),
  });

const named = fc.record({ class: text, probability: number });
const prediction: fc.Arbitrary<Prediction | undefined> = fc.oneof(
  fc.constant(undefined),
  fc.record({ kind: fc.constant('class' as const), classes: fc.array(named, { maxLength: 5 }) }),
  fc.record({
    kind: fc.constant('labels' as const),
    labels: fc.array(named, { maxLength: 20 }),
    chosen: fc.array(text, { maxLength: 4 }),
  }),
  fc
    .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }))
    .chain(([h, w]) => array(fc.integer({ min: -2, max: 50 }), h * w).map((map) => [h, w, map] as const))
    .map(([h, w, map]) => ({
      ...{ kind: 'map' as const, size: [h, w] as const, classes: [] },
      map: Int32Array.from(map),
    })),
  fc.record({
    kind: fc.constant('boxes' as const),
    boxes: fc.array(
      fc.record({ class: text, probability: number, box: fc.tuple(number, number, number, number) }),
      {
        maxLength: 25,
      },
    ),
  }),
);

interface Sizes {
  readonly examples: number;
  readonly classes: number;
  readonly labels: readonly number[];
  readonly sample: readonly number[];
}

const predictions = ({ classes, labels }: Sizes): fc.Arbitrary<Predictions> =>
  array(number, labels.length * classes).map((logits) => ({
    classes,
    logits: Float32Array.from(logits),
    labels: Int32Array.from(labels),
  }));

const side = fc.tuple(number, number, number, number);
const boxScores = fc.array(
  fc.record(
    { name: text, about: text, boxes: count, scores: numbers },
    { requiredKeys: ['name', 'boxes', 'scores'] },
  ),
  { maxLength: 30 },
);
const boxMistake = fc.record(
  {
    picture,
    image: text,
    fault: text,
    truth: fc.record({ class: text, box: side }),
    found: fc.record({ class: text, probability: number, box: side }),
  },
  { requiredKeys: ['picture', 'fault'] },
);
const boxes = fc.record({
  images: count,
  byClass: boxScores,
  bySize: boxScores,
  curves: fc.array(
    fc.record({ name: text, iou: number, points: fc.array(fc.tuple(number, number), { maxLength: 4 }) }),
    { maxLength: 3 },
  ),
  threshold: number,
  right: number,
  boxes: number,
  errors: fc.array(fc.record({ name: text, about: text, count: number }), { maxLength: 3 }),
  misses: fc.array(boxMistake, { maxLength: 2 }),
  falseAlarms: fc.array(boxMistake, { maxLength: 2 }),
});

const method = (sizes: Sizes): fc.Arbitrary<ReportMethod> =>
  fc.record(
    {
      label: text,
      summary: text,
      engine: text,
      config: fc.dictionary(text, fc.oneof(text, fc.boolean(), fc.nat()), { maxKeys: 3 }),
      steps: fc.array(fc.record({ step: count, loss: number, terms: numbers }), { maxLength: 4 }),
      epochs: fc.array(fc.record({ epoch: count, step: count, metrics: numbers }), { maxLength: 4 }),
      result: fc.record({
        selectOn: fc.constantFrom('validation', 'test'),
        bestEpoch: fc.nat(3),
        last: split,
        best: split,
      }),
      seconds: number,
      parameters: fc.record({ inference: number, heads: number }),
      predictions: predictions(sizes),
      boxes,
      examples: array(prediction, sizes.examples),
      embeddings: fc.array(fc.record({ stage: text, values: rows(sizes.sample.length) }), { maxLength: 2 }),
    },
    { requiredKeys: ['label'] },
  );

const input: fc.Arbitrary<ReportInput> = fc
  .integer({ min: 1, max: 4 })
  .chain((classes) => {
    const labels = fc.array(fc.nat(classes - 1), { maxLength: 6 });
    return fc.record({ classes: fc.constant(classes), labels, sample: labels, examples: fc.nat(2) });
  })
  .chain((sizes) =>
    fc.record(
      {
        title: text,
        date: fc.oneof(text, fc.constant('2026-11-28T10:00:00Z')),
        dataset: fc.record(
          {
            name: text,
            classes: array(text, sizes.classes),
            sizes: fc.record({ train: count, validation: count, test: count }),
          },
          { requiredKeys: ['name', 'classes'] },
        ),
        methods: fc.array(method(sizes), { minLength: 1, maxLength: 3 }),
        task: fc.oneof(text, fc.constant('classification')),
        metrics: fc.array(
          fc.record(
            { name: text, goal: fc.constantFrom('max' as const, 'min' as const) },
            { requiredKeys: ['name'] },
          ),
          { maxLength: 3 },
        ),
        examples: array(
          fc.record(
            { picture, name: text, targets: truth(sizes.classes) },
            { requiredKeys: ['picture', 'targets'] },
          ),
          sizes.examples,
        ).chain((images) =>
          fc
            .subarray(Object.entries(targetsOf(sizes.classes)))
            .map((targets) => ({ targets: Object.fromEntries(targets), images })),
        ),
        sample: fc.tuple(array(picture, sizes.sample.length), fc.boolean()).map(([pictures, classed]) => ({
          ...(classed && { labels: Int32Array.from(sizes.sample) }),
          pictures,
        })),
        views: fc.record({
          titles: fc.array(text, { maxLength: 2 }),
          samples: fc.array(
            fc.record(
              { label: fc.nat(sizes.classes - 1), views: fc.array(picture, { maxLength: 2 }) },
              { requiredKeys: ['views'] },
            ),
            { maxLength: 2 },
          ),
        }),
        pictures: array(
          fc.record({ picture, name: text }, { requiredKeys: ['picture'] }),
          sizes.labels.length,
        ).map((all) => new Map(all.map((one, i) => [i, one]))),
        reproduce: fc.record({
          command: text,
          seed: fc.nat(),
          versions: fc.dictionary(text, text, { maxKeys: 2 }),
        }),
      },
      { requiredKeys: ['title', 'date', 'dataset', 'methods', 'sample', 'examples'] },
    ),
  );

const VOID = new Set(['meta', 'link', 'img', 'br', '!doctype']);
const TAG = /<(\/?)([!a-z][a-z0-9]*)((?:\s+[a-zA-Z-]+(?:="[^"<]*")?)*)\s*(\/?)>/y;
const RAW = /<(script|style)([^>]*)>([\s\S]*?)<\/\1>/g;

/** Elements that the page's own templates write; whatever else is found comes from the input. */
const OWN =
  /^(?:!doctype|html|head|meta|title|link|body|header|div|svg|g|path|span|b|button|h[1-4]|p|nav|a|main|section|footer|figure|figcaption|text|circle|rect|table|thead|tbody|tr|th|td|caption|small|i|ol|li|dl|dt|dd|pre|code|details|summary|img|br|ul|image|use|output)$/;

/** Reads a page as a strict parser does: every tag is one of the page's own, quoted, and closed where it belongs → its text. */
const parse = (page: string): { readonly text: string; readonly scripts: readonly string[] } => {
  const scripts: string[] = [];
  const rest = page.replace(RAW, (_, tag: string, attributes: string, body: string) => {
    if (tag === 'script' && attributes !== '') scripts.push(body);
    return '';
  });
  const open: string[] = [];
  let words = '';
  for (let at = 0; at < rest.length;) {
    if (rest[at] !== '<') {
      words += rest[at++]!;
      continue;
    }
    TAG.lastIndex = at;
    const found = TAG.exec(rest);
    if (!found) throw new Error(`no tag: ${rest.slice(at, at + 60)}`);
    const [whole, end, name, attributes, self] = found as unknown as [string, string, string, string, string];
    if (!OWN.test(name)) throw new Error(`not the page's own: ${whole}`);
    if (/\son[a-z]+=|javascript:/i.test(attributes.replace(/="[^"]*"/g, '=')))
      throw new Error(`it acts: ${whole}`);
    if (end) {
      if (open.pop() !== name) throw new Error(`closed in the wrong place: ${whole}`);
    } else if (!self && !VOID.has(name)) open.push(name);
    at += whole.length;
  }
  if (open.length > 0) throw new Error(`never closed: ${open.join(' ')}`);
  return { text: words, scripts };
};

/** What a value that is not there, or is no number, leaves in a text or an attribute. */
const slips = (page: string): string[] => {
  const seen = page.replace(RAW, '').replace(/data:[^"]*/g, '');
  return [...seen.matchAll(/.{0,30}(?:\bNaN|undefined|\bnull\b|Infinity|\[object).{0,30}/g)].map((m) => m[0]);
};

it('makes a sound page of whatever a run has told, with nothing of it taken for markup', () => {
  fc.assert(
    fc.property(input, (given) => {
      const page = buildReport(given);
      const { scripts } = parse(page);
      for (const script of scripts) {
        expect(() => JSON.parse(script) as unknown).not.toThrow();
        expect(script).not.toMatch(/<|\bnull\b/);
      }
      expect(slips(page)).toEqual([]);
    }),
    { numRuns: 150 },
  );
});
