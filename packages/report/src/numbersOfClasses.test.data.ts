import { expect } from 'vitest';
import { found, plain, tablesOf, valueOf } from './drawn.test.data.ts';
import type { ReportInput, ReportMethod } from './input.ts';

/** A share as it is written, with its narrow space made a plain one. */
export const share = (value: number, digits = 1): string => `${(100 * value).toFixed(digits)} %`;
export const digits3 = (value: number): string => String(Number(value.toPrecision(3)));

/** A number in the form in which another one is written. */
export const written = (text: string, value: number): string =>
  text.endsWith('%') ? share(value) : digits3(value);

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
export const panelsOf = (markup: string): string[] => markup.split('role="tabpanel"').slice(1);

const seconds = (text: string): number =>
  [...text.matchAll(/([\d.]+) (h|min|s)/g)].reduce(
    (sum, [, n, u]) => sum + Number(n) * { h: 3600, min: 60, s: 1 }[u as 's'],
    0,
  );

export type Check = (markup: string, input: ReportInput) => void;

/** How a number of an element's attributes reads. */
export const attribute = (element: string, name: string): number =>
  Number(new RegExp(`${name}="([-\\d.]+)"`).exec(element)?.[1]);
export const elements = (markup: string, css: string): string[] =>
  [...markup.matchAll(new RegExp(`<rect\\s+class="${css}"[^>]*>`, 'g'))].map((m) => m[0]);

export const checkResult: Check = (markup, input) => {
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

export const checkConfusions: Check = (markup, input) => {
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

export const checkCalibration: Check = (markup, input) => {
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

export const checkMistakes: Check = (markup, input) => {
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
