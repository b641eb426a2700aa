import { describe, expect, it } from 'vitest';
import { reportParts, SECTIONS } from './buildReport.ts';
import { detectors } from './detectors.test.data.ts';
import { chartsOf, found, plain, tablesOf } from './drawn.test.data.ts';
import type { BoxScore, ReportInput, ReportMethod } from './input.ts';
import { inputsOfKinds } from './kinds.test.data.ts';
import { invariance, neighbourAccuracy } from './math/neighbours.ts';
import { centre, rowsOf, unitRows } from './math/rows.ts';
import { modelOf } from './model.ts';
import { classed, depths, few, sampled } from './numbersInputs.test.data.ts';
import {
  attribute,
  checkCalibration,
  checkConfusions,
  checkMistakes,
  checkResult,
  digits3,
  elements,
  panelsOf,
  share,
  written,
  type Check,
} from './numbersOfClasses.test.data.ts';
import { renderSection } from './page/section.ts';

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

const checkKept: Check = (markup, { kept }) => {
  const { seeds, methods, differences, machine } = kept!;
  const [, ...rows] = tablesOf(markup, 'Accuracy of each seed')[0]!;
  const all = methods.map(({ label, accuracy }) => ({
    label,
    accuracy,
    mean: accuracy.reduce((sum, value) => sum + value, 0) / seeds.length,
  }));
  const two = (value: number): string => `${(100 * value).toFixed(2)} %`;
  expect(rows).toEqual(all.map(({ label, accuracy, mean }) => [label, ...accuracy.map(two), two(mean)]));
  expect(found(markup, /<title>([^<]*)<\/title>/g)).toEqual(
    all.map(({ label, mean }) => `${label}: ${share(mean)} on average over ${seeds.length} seeds`),
  );
  const [figure = ''] = /<figure[\s\S]*<\/figure>/.exec(markup) ?? [];
  const marks = [...figure.matchAll(/class="mark"[^>]*translate\(([\d.]+)/g)].map(([, x]) => Number(x));
  const values = all.flatMap(({ accuracy }) => accuracy);
  const [from, to] = [Math.min(...values), Math.max(...values)];
  const [left, right] = [Math.min(...marks), Math.max(...marks)];
  values.forEach((value, i) =>
    expect((marks[i]! - left) / (right - left)).toBeCloseTo((value - from) / (to - from), 2),
  );
  expect(found(markup, /<p class="note">([\s\S]*?)<\/p>/g)).toEqual(differences);
  expect(plain(markup)).toContain(`${seeds.join(', ')} were trained beforehand (${machine})`);
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
  seeds: checkKept,
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
