import { expect, it } from 'vitest';
import { buildReport } from './buildReport.ts';
import { detectors } from './detectors.test.data.ts';
import { chartsOf, valueOf, type Drawn } from './drawn.test.data.ts';
import type { ReportInput, ReportMethod } from './input.ts';
import { inputsOfKinds } from './kinds.test.data.ts';
import { percent, short } from './page/format.ts';
import { sampleInput } from './sample.test.data.ts';

const format = (text: string, value: number): string =>
  text.endsWith('%') ? percent(value, text.includes('.') ? 1 : 0) : short(value);

/** What a method's record says at a place: of an epoch, or the mean of steps. */
const recordAt = (method: ReportMethod, record: string, where: string): number => {
  const epoch = /^epoch (\d+)$/.exec(where)?.[1];
  if (epoch !== undefined) return method.epochs!.find((e) => e.epoch + 1 === Number(epoch))!.metrics[record]!;
  const [, from, to = from] = /^steps? (\d+)(?: to (\d+))?$/.exec(where)!;
  const part = method.steps!.filter(({ step }) => step >= Number(from) && step <= Number(to));
  const values = part.map((s) => (record === 'loss' ? s.loss : s.terms[record]!));
  return values.reduce((a, b) => a + b, 0) / values.length;
};

/** Without the maps of stages, which take seconds to lay out and have no axes. */
const lean = (input: ReportInput): ReportInput => ({
  ...input,
  methods: input.methods.map((method) => ({ ...method, embeddings: [] })),
});

/** The made-up runs with what an epoch says of its own losses, which no few steps come to. */
const withMeans = (input: ReportInput): ReportInput => ({
  ...lean(input),
  methods: lean(input).methods.map((method) => ({
    ...method,
    epochs: (method.epochs ?? []).map((e, i) => ({
      ...e,
      loss: 100 + i,
      terms: Object.fromEntries(Object.keys(method.steps![0]!.terms).map((name, k) => [name, 10 * k + i])),
    })),
  })),
});

const curvesOf = (page: string): Drawn[] =>
  chartsOf(/<section id="curves"[\s\S]*?<\/section>/.exec(page)![0]);

it('writes at every point and at every line’s end what the record says', () => {
  for (const input of [sampleInput(), ...Object.values(inputsOfKinds())].map(withMeans)) {
    const charts = curvesOf(buildReport(input));
    expect(charts.length).toBeGreaterThan(1);
    for (const { record, series, ends } of charts) {
      series.forEach(({ name, points }, i) => {
        const method = input.methods.find(({ label }) => label === name)!;
        for (const [, , where, text] of points)
          expect(text, `${record} of ${name} at ${where}`).toBe(
            format(text, recordAt(method, record, where)),
          );
        const last = method.epochs!.at(-1)!;
        const end =
          record === 'loss' && !('loss' in last.metrics)
            ? last.loss!
            : (last.terms![record] ?? last.metrics[record]!);
        expect(ends[i], `end of ${record} of ${name}`).toBe(format(ends[i]!, end));
      });
    }
  }
});

it('has every tick where its value is, and no two that read the same', () => {
  const narrow = lean(sampleInput());
  const close = narrow.methods.map((method, k) => ({
    ...method,
    epochs: method.epochs!.map((e, i) => ({
      ...e,
      metrics: { accuracy: 0.6 + 0.005 * i + 0.001 * k, nll: 1234.5 + 0.01 * i, tiny: 1e-7 * (1 + i) },
    })),
  }));
  const pages = [
    buildReport({ ...narrow, methods: close }),
    buildReport(narrow),
    buildReport(lean(detectors())),
  ];
  for (const { record, ticks, series } of pages.flatMap(chartsOf)) {
    const values = ticks.map(([, text]) => valueOf(text));
    expect(new Set(values).size, record).toBe(ticks.length);
    const [[y0, t0], [y1, t1]] = [ticks[0]!, ticks.at(-1)!].map(
      ([y, text]) => [y, valueOf(text)] as const,
    ) as [readonly [number, number], readonly [number, number]];
    const at = (value: number): number => y0 + ((value - t0) / (t1 - t0)) * (y1 - y0);
    ticks.forEach(([y], i) =>
      expect(Math.abs(at(values[i]!) - y), `${record} ${ticks[i]![1]}`).toBeLessThan(0.2),
    );
    // A point's text is rounded, so it may be off by half of its last digit, and its place by half a pixel.
    const unit = Math.abs((t1 - t0) / (y1 - y0));
    for (const [, y, , text] of series.flatMap(({ points }) => points)) {
      const digits = text.endsWith('%') ? 0.01 : Math.abs(valueOf(text)) * 0.005;
      expect(Math.abs(at(valueOf(text)) - y), `${record} ${text}`).toBeLessThan(1 + digits / unit);
    }
  }
});
