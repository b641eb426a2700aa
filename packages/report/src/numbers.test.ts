import { float32, uint8, type NdArray } from '@understory/core';
import { describe, expect, it } from 'vitest';
import { reportParts, SECTIONS } from './buildReport.ts';
import { detectors } from './detectors.test.data.ts';
import { chartsOf, found, plain, tablesOf, valueOf } from './drawn.test.data.ts';
import type { BoxScore, ReportInput, ReportMethod } from './input.ts';
import { inputsOfKinds } from './kinds.test.data.ts';
import { invariance, neighbourAccuracy } from './math/neighbours.ts';
import { centre, rowsOf, unitRows } from './math/rows.ts';
import { modelOf } from './model.ts';
import { renderSection } from './page/section.ts';
import { sampleInput } from './sample.test.data.ts';

/** A share as it is written, with its narrow space made a plain one. */
const share = (value: number, digits = 1): string => `${(100 * value).toFixed(digits)} %`;
const digits3 = (value: number): string => String(Number(value.toPrecision(3)));

/** A number in the form in which another one is written. */
const written = (text: string, value: number): string => (text.endsWith('%') ? share(value) : digits3(value));

/** What a classifier's logits say of an image, by the formulas of a textbook. */
interface Answer {
  readonly truth: number;
  readonly named: number;
  readonly sure: number;
  readonly nll: number;
}
const answersOf = ({ predictions }: ReportMethod): Answer[] => {
  const { classes, logits, labels } = predictions!;
  return Array.from(labels, (truth, i) => {
    const row = Array.from(logits.subarray(i * classes, (i + 1) * classes), Math.exp);
    const sum = row.reduce((a, b) => a + b);
    const named = row.indexOf(Math.max(...row));
    return { truth, named, sure: row[named]! / sum, nll: -Math.log(row[truth]! / sum) };
  });
};
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const isRight = ({ truth, named }: Answer): number => Number(truth === named);

/** Answers by fifteen bins of how sure they are. */
const binsOf = (answers: readonly Answer[]) =>
  Array.from({ length: 15 }, (_, b) => {
    const own = answers.filter(({ sure }) => Math.min(14, Math.floor(sure * 15)) === b);
    return { count: own.length, right: mean(own.map(isRight)), sure: mean(own.map((a) => a.sure)) };
  });
const eceOf = (answers: readonly Answer[]): number =>
  binsOf(answers).reduce(
    (sum, b) => sum + (b.count ? (b.count / answers.length) * Math.abs(b.right - b.sure) : 0),
    0,
  );

const tested = ({ methods }: ReportInput): ReportMethod[] => methods.filter(({ predictions }) => predictions);
const panelsOf = (markup: string): string[] => markup.split('role="tabpanel"').slice(1);

const seconds = (text: string): number =>
  [...text.matchAll(/([\d.]+) (h|min|s)/g)].reduce(
    (sum, [, n, u]) => sum + Number(n) * { h: 3600, min: 60, s: 1 }[u as 's'],
    0,
  );

type Check = (markup: string, input: ReportInput) => void;

/** How a number of an element's attributes reads. */
const attribute = (element: string, name: string): number =>
  Number(new RegExp(`${name}="([-\\d.]+)"`).exec(element)?.[1]);
const elements = (markup: string, css: string): string[] =>
  [...markup.matchAll(new RegExp(`<rect\\s+class="${css}"[^>]*>`, 'g'))].map((m) => m[0]);

const checkResult: Check = (markup, input) => {
  const rows = markup.split('<tr role="row">').slice(2);
  expect(rows.length).toBe(input.methods.length);
  input.methods.forEach((method, i) => {
    const cell = (title: string): string | undefined =>
      found(rows[i]!, new RegExp(`data-title="${title}"[\\s\\S]*?class="number">([^<]*)<`, 'g'))[0];
    expect(cell('Parameters in use')).toBe(method.parameters?.inference.toLocaleString('en'));
    expect(seconds(cell('Training time') ?? '')).toBeCloseTo(method.seconds ?? 0, 0);
    if (method.predictions) {
      const answers = answersOf(method);
      expect(cell('Accuracy')).toBe(share(mean(answers.map(isRight))));
      expect(cell('Calibration error')).toBe(share(eceOf(answers)));
      expect(cell('Log-loss, nats')).toBe(mean(answers.map(({ nll }) => nll)).toFixed(3));
    } else {
      const { metrics = [] } = input;
      const told = found(rows[i]!, /class="number">([^<]*)</g).slice(0, metrics.length);
      expect(told).toEqual(metrics.slice(0, 3).map(({ name }) => share(method.result!.best.test[name]!)));
    }
  });
  checkIntervals(markup, input);
};

/** Wilson's interval of each accuracy: in words, and where its line lies between the ticks. */
const checkIntervals: Check = (markup, input) => {
  const ticks = [...markup.matchAll(/class="grid" d="M([\d.]+) 4V[^>]*\/><text[^>]*>([^<]*)</g)].map(
    ([, x, text]) => [Number(x), valueOf(plain(text!))] as const,
  );
  const lines = [...markup.matchAll(/class="whisker" d="M([\d.]+) \d+H([\d.]+)"[\s\S]*?<title>([^<]*)</g)];
  expect(lines.length).toBe(tested(input).length);
  tested(input).forEach((method, i) => {
    const [answers, z] = [answersOf(method), 1.959964];
    const [p, n] = [mean(answers.map(isRight)), answers.length];
    const half = z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
    const [low, high] = [-half, half].map((h) => (p + (z * z) / (2 * n) + h) / (1 + (z * z) / n)) as [
      number,
      number,
    ];
    const [, from, to, title] = lines[i]!;
    expect(plain(title!)).toBe(`${method.label}: ${share(p)}, between ${share(low)} and ${share(high)}`);
    const [[x0, t0], [x1, t1]] = [ticks[0]!, ticks.at(-1)!];
    const at = (x: number): number => t0 + ((x - x0) / (x1 - x0)) * (t1 - t0);
    expect(at(Number(from))).toBeCloseTo(low, 3);
    expect(at(Number(to))).toBeCloseTo(high, 3);
  });
};

/** Points and ends are read beside the record in `records.test.ts`. */
const checkCurves: Check = (markup, { methods }) => {
  for (const { record, series } of chartsOf(markup))
    for (const { name, points } of series) {
      const { epochs = [] } = methods.find(({ label }) => label === name)!;
      for (const [, , where, text] of points)
        if (where.startsWith('epoch '))
          expect(plain(text), `${record} ${where}`).toBe(
            written(text, epochs[Number(where.slice(6)) - 1]!.metrics[record]!),
          );
    }
};

const checkViews: Check = (markup, { views, dataset }) => {
  expect((markup.match(/<img /g) ?? []).length).toBe(views!.samples.flatMap((s) => s.views).length);
  const named = views!.samples.flatMap(({ label }) => (label === undefined ? [] : [dataset.classes[label]!]));
  expect(found(markup, /<figcaption>([\s\S]*?)<\/figcaption>/g)).toEqual(named);
};

const checkPredictions: Check = (markup, input) => {
  const cards = markup.split('<div class="example">').slice(1);
  expect(cards.length).toBe(input.examples!.images.length);
  cards.forEach((card, at) => {
    const panes = card.split('<figure>').slice(-input.methods.length);
    input.methods.forEach(({ examples }, i) => {
      const said = examples![at]!;
      const { picture, targets } = input.examples!.images[at]!;
      const pane = panes[i]!;
      if (said.kind === 'class') {
        expect(found(pane, /<\/span\s*><span>([^<]*)<\/span>/g)).toEqual(
          said.classes.slice(0, 3).map((c) => share(c.probability, 0)),
        );
        const widths = elements(pane, 'part').map((bar) => attribute(bar, 'width'));
        expect(widths).toEqual(said.classes.slice(0, 3).map((c) => Number((100 * c.probability).toFixed(1))));
      } else if (said.kind === 'labels') {
        const chips = found(pane, /<li class="chip[^>]*>([\s\S]*?)<\/li>/g);
        for (const { class: name, probability } of said.labels)
          for (const chip of chips.filter((one) => one.includes(` ${name} `)))
            expect(chip.endsWith(`${name} ${share(probability, 0)}`), chip).toBe(true);
        expect(chips.length).toBeGreaterThanOrEqual(said.chosen.length);
      } else if (said.kind === 'map') {
        const truth = targets['map']!.data;
        const known = Array.from(truth.keys()).filter((p) => truth[p] !== 255);
        const right = known.filter((p) => said.map[p] === truth[p]).length / known.length;
        expect(plain(pane)).toContain(`${share(right)} of the pixels right`);
        for (const [, name, part] of plain(pane).matchAll(
          /(?:right |, | and )(background|face|flag|Animals & Nature) (\d+ %)/g,
        ))
          expect(part).toBe(
            share(said.map.filter((c) => said.classes[c] === name).length / said.map.length, 0),
          );
      } else {
        const boxes = [...said.boxes].sort((a, b) => b.probability - a.probability);
        expect(found(pane, /<li>([\s\S]*?)<\/li>/g)).toEqual(
          boxes.map((b) => `${b.class} ${share(b.probability, 0)}`),
        );
        const scale =
          attribute(
            pane.replace(/viewBox="0 0 /, 'viewWidth="').replace(/ [\d.]+" role/, '" role'),
            'viewWidth',
          ) / picture.shape[1]!;
        const rects = [...pane.matchAll(/<rect\s+class="box (?:k\d+|rest)"[^>]*>/g)].map((m) => m[0]);
        rects.forEach((rect, k) => {
          const [top, left, bottom, right] = boxes[k]!.box;
          const inside =
            [left, top, right - left, bottom - top].every((v) => v > 1) &&
            right < picture.shape[1]! &&
            bottom < picture.shape[0]!;
          if (!inside) return;
          const drawn = ['x', 'y', 'width', 'height'].map((name) => attribute(rect, name) / scale);
          [left, top, right - left, bottom - top].forEach((side, j) => expect(drawn[j]).toBeCloseTo(side, 0));
        });
        expect(rects.length).toBe(boxes.length);
      }
    });
  });
};

const checkScores = (
  markup: string,
  label: string,
  rows: (method: ReportMethod) => readonly BoxScore[],
  input: ReportInput,
): void => {
  const [, ...told] = tablesOf(markup, label)[0]!;
  rows(input.methods[0]!).forEach(({ boxes }, r) => {
    const expected = input.methods.flatMap((method) => {
      const { scores } = rows(method)[r]!;
      return ['AP', 'AP50', 'AP75'].map((name) => (scores[name] === undefined ? '–' : share(scores[name])));
    });
    expect(told[r]!.slice(1)).toEqual([String(boxes), ...expected]);
  });
};

const checkBoxes: Check = (markup, input) => {
  checkScores(markup, 'By class', ({ boxes }) => boxes!.byClass, input);
  checkScores(markup, 'By size', ({ boxes }) => boxes!.bySize, input);
  for (const { title, series } of chartsOf(markup))
    for (const { name, points } of series) {
      const { curves } = input.methods.find(({ label }) => label === name)!.boxes!;
      const curve = curves.find((c) => title === `${c.name} , IoU from ${c.iou}`)!;
      for (const [, , where, text] of points)
        expect(curve.points.map(([r, p]) => `${share(r, 0)} ${share(p, 0)}`)).toContain(
          `${plain(where).replace('recall ', '')} ${plain(text)}`,
        );
    }
  const bars = markup.split('<dt>').slice(1);
  const counts = bars.map((_, k) =>
    input.methods.map(({ boxes }) => (k === 0 ? boxes!.right : boxes!.errors[k - 1]!.count)),
  );
  const most = Math.max(...counts.flat());
  bars.forEach((bar, k) => {
    expect(found(bar, /<text[^>]*>([^<]*)<\/text/g)).toEqual(counts[k]!.map(String));
    elements(bar, 'amount').forEach((rect, i) =>
      expect(attribute(rect, 'width') / 210).toBeCloseTo(counts[k]![i]! / most, 2),
    );
  });
  expect(plain(markup)).toContain(`from a probability of ${share(input.methods[0]!.boxes!.threshold, 0)} on`);
  expect(plain(markup)).toContain(`${input.methods[0]!.boxes!.boxes} true boxes`);
  expect(plain(markup)).toContain(`On ${input.methods[0]!.boxes!.images} test images`);
};

const checkBoxMistakes: Check = (markup, input) => {
  panelsOf(markup).forEach((panel, i) => {
    const { misses, falseAlarms } = input.methods[i]!.boxes!;
    const sure = [...misses.slice(0, 12), ...falseAlarms.slice(0, 12)].flatMap(({ found: f }) =>
      f ? [`${share(f.probability, 0)} sure`] : [],
    );
    expect(found(panel, /class="sure">([^<]*)</g)).toEqual(sure);
  });
};

const checkConfusions: Check = (markup, input) => {
  const { classes } = input.dataset;
  panelsOf(markup).forEach((panel, i) => {
    const answers = answersOf(tested(input)[i]!);
    const count = (truth: number, named: number): number =>
      answers.filter((a) => a.truth === truth && a.named === named).length;
    const [, ...rows] = tablesOf(panel, 'Confusion matrix')[0]!;
    const counts = classes.map((_, t) => classes.map((__, n) => count(t, n)));
    expect(rows).toEqual(
      classes.map((name, t) => [name, ...counts[t]!.map((n) => (n === 0 ? '' : String(n)))]),
    );
    const titles = found(panel, /<td class="(?:hit|miss)[^"]*" title="([^"]*)"/g);
    counts.flat().forEach((n, k) => {
      const of = mean(counts[Math.floor(k / classes.length)]!) * classes.length;
      expect(titles[k]).toMatch(new RegExp(`^${n} of ${Math.round(of)} .*\\(${share(n / of, 0)}\\)$`));
    });
    for (const pair of found(panel, /<li>([\s\S]*?)<\/li>/g)) {
      const [, truth, named, n, of] = /^(.*) taken for (.*) (\d+) of (\d+)$/.exec(pair)!;
      const t = classes.indexOf(truth!);
      expect([Number(n), Number(of)]).toEqual([
        count(t, classes.indexOf(named!)),
        answers.filter((a) => a.truth === t).length,
      ]);
    }
  });
};

const checkCalibration: Check = (markup, input) => {
  const diagrams = markup.split('<figure class="chart reliability">').slice(1);
  tested(input).forEach((method, i) => {
    const answers = answersOf(method);
    const filled = binsOf(answers).filter(({ count }) => count > 0);
    const most = Math.max(...filled.map(({ count }) => count));
    const titles = found(diagrams[i]!, /<title>([^<]*)</g);
    const cells = filled.map((b) => [String(b.count), share(b.right), share(b.sure)]);
    expect(titles.map((t) => t.replace(/^.*: /, ''))).toEqual(
      cells.map(([n, r, s]) => `${n} answers, ${r} of them right, ${s} sure on average`),
    );
    expect(
      tablesOf(diagrams[i]!, `Reliability of ${method.label} by confidence`)[0]!
        .slice(1)
        .map((row) => row.slice(1)),
    ).toEqual(cells);
    const heights = (css: string): number[] =>
      elements(diagrams[i]!, css).map((rect) => attribute(rect, 'height'));
    heights('bar').forEach((h, b) => expect(h / 224).toBeCloseTo(filled[b]!.right, 2));
    heights('share').forEach((h, b) =>
      expect(h / Math.max(...heights('share'))).toBeCloseTo(filled[b]!.count / most, 1),
    );
    const [verdict = ''] = found(diagrams[i]!, /class="verdict">([\s\S]*?)<\/p>/g);
    expect(verdict).toContain(
      `${share(eceOf(answers))} calibration error; ${share(mean(answers.map((a) => a.sure)))} sure on average, ${share(mean(answers.map(isRight)))} right`,
    );
  });
};

const checkStages: Check = (markup, input) => {
  const labels = input.sample?.labels;
  const captions = found(markup, /<figcaption title="[^"]*"[^>]*>[\s\S]*?<b>([^<]*)<\/b>/g);
  const told: string[] = [];
  const stages = [
    ...new Set(input.methods.flatMap(({ embeddings = [] }) => embeddings.map(({ stage }) => stage))),
  ];
  for (const stage of stages)
    for (const { label, embeddings = [] } of input.methods) {
      const { values, again } = embeddings.find((e) => e.stage === stage)!;
      const pointsOf = (k: number): readonly (readonly string[])[] =>
        chartsOf(markup)
          [k]!.series.find(({ name }) => name === label)!
          .points.map(([, , where, text]) => [where, plain(text)]);
      if (again)
        expect(pointsOf(0)).toContainEqual([stage, invariance(rowsOf(values), rowsOf(again)).toFixed(2)]);
      if (!labels) continue;
      const knows = share(neighbourAccuracy(unitRows(centre(rowsOf(values))), labels), 0);
      expect(pointsOf(again ? 1 : 0)).toContainEqual([stage, knows]);
      told.push(knows);
    }
  expect(captions).toEqual(told);
  const dots = [...markup.matchAll(/<path class="(?:k\d+|rest)" data-group="\d+" d="([^"]*)"/g)].map(
    ([, d]) => d!.split('M').length - 1,
  );
  const size = labels?.length ?? input.sample!.pictures!.length;
  expect(dots.reduce((a, b) => a + b, 0)).toBe(size * stages.length * input.methods.length);
};

const checkDepth: Check = (markup, { methods }) => {
  const toldAs = (value: number, measure: string): string =>
    measure === 'Nearest neighbours' ? share(value) : digits3(value);
  for (const { title, series } of chartsOf(markup))
    for (const { name, points } of series) {
      const method = methods.find(({ label }) => label === name);
      for (const [, , where, text] of points) {
        const tap = method ? where : name;
        const about = title === 'Spread' ? 'spread' : 'knn';
        const values = method
          ? [
              title.startsWith('Likeness')
                ? method.likeness![tap]!
                : method.result!.best.test[`${tap}/${about}`]!,
            ]
          : methods.map(
              ({ epochs }) => epochs![Number(where.replace('epoch ', '')) - 1]!.metrics[`${tap}/${about}`]!,
            );
        expect(values.map((v) => toldAs(v, title))).toContain(plain(text));
      }
    }
  for (const { label, result } of methods) {
    const [, ...rows] = tablesOf(markup, `Numbers of each stage of ${label}`)[0]!;
    expect(rows[0]).toEqual([
      'Nearest neighbours',
      ...['stage1', 'stage2'].map((t) => share(result!.best.test[`${t}/knn`]!)),
    ]);
    expect(rows[1]).toEqual([
      'Spread',
      ...['stage1', 'stage2'].map((t) => digits3(result!.best.test[`${t}/spread`]!)),
    ]);
  }
};

const checkMistakes: Check = (markup, input) => {
  panelsOf(markup).forEach((panel, i) => {
    const wrong = answersOf(tested(input)[i]!)
      .filter((a) => !isRight(a))
      .sort((a, b) => b.sure - a.sure)
      .slice(0, 12);
    expect(found(panel, /class="sure">([^<]*)</g)).toEqual(wrong.map(({ sure }) => `${share(sure, 0)} sure`));
    expect(found(panel, /class="wrong">([^<]*)</g)).toEqual(
      wrong.map(({ named }) => input.dataset.classes[named]),
    );
  });
};

const checkAgain: Check = (markup, { reproduce, methods }) => {
  expect(plain(markup)).toContain(reproduce!.command);
  const facts = found(markup, /<dd>([^<]*)<\/dd>/g);
  expect(facts.slice(0, 1 + Object.keys(reproduce!.versions).length)).toEqual([
    String(reproduce!.seed),
    ...Object.values(reproduce!.versions),
  ]);
  const [rows] = tablesOf(markup, 'Options');
  for (const [key, ...cells] of (rows ?? []).slice(1))
    expect(cells).toEqual(methods.map(({ config }) => String(config![key!])));
};

/** How the numbers of each part of a report are read beside what they come from. */
const CHECKS: Readonly<Record<string, Check>> = {
  result: checkResult,
  curves: checkCurves,
  views: checkViews,
  predictions: checkPredictions,
  boxes: checkBoxes,
  'box-mistakes': checkBoxMistakes,
  confusions: checkConfusions,
  calibration: checkCalibration,
  stages: checkStages,
  depth: checkDepth,
  mistakes: checkMistakes,
  again: checkAgain,
};

/** Two stages alone: to lay out their maps takes a while. */
const few = (input: ReportInput): ReportInput => ({
  ...input,
  methods: input.methods.map((method) => ({ ...method, embeddings: (method.embeddings ?? []).slice(0, 1) })),
});

const sampled = (): ReportInput => {
  const { sample, ...input } = few(sampleInput());
  const count = 60;
  const cut = ({ data, shape: [, width = 0] }: NdArray): NdArray =>
    float32(Float32Array.from(data).slice(0, count * width), [count, width]);
  return {
    ...input,
    sample: { labels: sample!.labels!.slice(0, count), pictures: sample!.pictures!.slice(0, count) },
    methods: input.methods.map((method) => ({
      ...method,
      embeddings: method.embeddings!.map((e) => ({
        ...e,
        values: cut(e.values),
        again: cut(e.again!),
      })),
    })),
  };
};

const depths = (): ReportInput => {
  const numbers = (knn: number) => ({
    accuracy: 0.5,
    'stage1/knn': knn,
    'stage2/knn': knn + 0.11,
    'stage1/spread': -2.512,
    'stage2/spread': 37 * knn,
  });
  const methods = [0.4, 0.63].map((knn, i): ReportMethod => {
    const split = { validation: numbers(knn - 0.2), test: numbers(knn) };
    return {
      label: `method ${i}`,
      seconds: 1,
      parameters: { inference: 1, heads: 0 },
      depth: {
        taps: ['stage1', 'stage2'],
        measures: {
          knn: { title: 'Nearest neighbours', about: '', share: true, shown: 'curves' },
          spread: { title: 'Spread', about: '' },
        },
      },
      epochs: [0, 1].map((epoch) => ({ epoch, step: epoch, metrics: numbers(knn - 0.1 + 0.07 * epoch) })),
      result: { selectOn: 'validation', bestEpoch: 1, last: split, best: split },
      ...(i > 0 && { likeness: { stage1: 0.912, stage2: 0.25 } }),
    };
  });
  return {
    title: 'Depths',
    date: '2026-11-28',
    dataset: { name: 'pets', classes: ['cat', 'dog'] },
    metrics: [{ name: 'accuracy', goal: 'max' }],
    methods,
  };
};

/** Images of which a class is said with its probability. */
const classed = (): ReportInput => {
  const names = ['cat', 'dog', 'owl', 'yak'];
  const images = [0, 1].map((at) => ({
    picture: uint8(new Uint8Array(12), [2, 2, 3]),
    targets: { class: uint8(Uint8Array.of(at), []) },
  }));
  const examples = images.map((_, at) => ({
    kind: 'class' as const,
    classes: names.map((name, i) => ({ class: name, probability: [0.512, 0.3, 0.15, 0.038][(i + at) % 4]! })),
  }));
  return {
    title: 'Classes',
    date: '2026-11-28',
    dataset: { name: 'pets', classes: names },
    methods: [{ label: 'one', examples }],
    examples: { targets: { class: { kind: 'class', dtype: 'uint8', shape: [] } }, images },
  };
};

describe('numbers that a report shows', () => {
  const inputs = [
    sampled(),
    ...Object.values(inputsOfKinds()).map(few),
    few(detectors()),
    depths(),
    classed(),
  ];
  const seen = new Set<unknown>();

  it.each(inputs.map((input) => [input.title, input] as const))(
    'are those of the record: %s',
    (_title, input) => {
      const model = modelOf(input);
      for (const section of SECTIONS) if (section(model)) seen.add(section);
      for (const section of reportParts(input).sections) {
        const markup = renderSection(section).text.replaceAll('\u202f', ' ');
        expect(Object.keys(CHECKS), 'a part whose numbers nothing reads').toContain(section.id);
        CHECKS[section.id]!(markup, input);
      }
    },
  );

  it('are read of every part that a report can have', () => {
    expect(SECTIONS.filter((section) => !seen.has(section)).map(({ name }) => name)).toEqual([]);
  });
});
