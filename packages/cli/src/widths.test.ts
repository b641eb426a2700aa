import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { encodeSafetensors } from '@understory/core';
import { temporaryFolder } from '@understory/runs/testing';
import { keepCrash } from '@understory/tracking/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { render, type Rendering } from './testing/renderings.ts';
import { RED } from './testing/squares.ts';

const WIDTHS = [40, 80, 120];

/** Commands that need no native TensorFlow. */
const LINES = [
  'init --yes --overwrite',
  'config photos.yaml',
  'config',
  'runs',
  'runs --runs none',
  'list metric',
  'describe resnet18 --set width=0.25',
  'reproduce --results none',
  'weights inspect w.safetensors',
  'data check images photos --overwrite',
  'list nonsense',
  'train missing.yaml',
  'train photos.yaml --set epochs=0',
  'predict photo.jpg --run runs',
  'evaluate none',
  'export none',
];

const start = {
  ...{ type: 'start', run: 'flowers', engine: 'TensorFlow', epochs: 12, stepsPerEpoch: 40, step: 0 },
  parameters: { inference: 2_799_394, heads: 188_160 },
  data: {
    dataset: 'images',
    classes: 5,
    counts: { train: 86, validation: 10, test: 24 },
    leftOut: [],
    origins: {},
  },
};
const terms = {
  'cross-entropy/ce': 0.61,
  ...Object.fromEntries([1, 2, 3].map((k) => [`contrastive-deep-supervision/stage${k}`, 3.4])),
};
const numbers = { accuracy: 0.712, ece: 0.113 };
const split = { validation: numbers, test: numbers };
const epoch = {
  type: 'epoch',
  epoch: 3,
  step: 160,
  loss: 1.8,
  terms,
  metrics: numbers,
  best: true,
  seconds: 12,
};
const done = {
  ...{ type: 'done', step: 480, aborted: false, seconds: 144 },
  result: { selectOn: 'validation', bestEpoch: 3, best: split, last: split },
};
const folder = temporaryFolder();

const writeRun = (name: string, events: readonly object[]): void => {
  const at = path.join(folder, 'runs', name);
  mkdirSync(path.join(at, 'checkpoints'), { recursive: true });
  const config = {
    format: 'understory-run-1',
    date: '2026-11-23T12:00:00.000Z',
    folder: '/',
    config: {},
    dataset: {},
  };
  writeFileSync(path.join(at, 'config.json'), JSON.stringify(config));
  const time = '2026-11-23T12:00:00.000Z';
  writeFileSync(
    path.join(at, 'metrics.jsonl'),
    events.map((event) => `${JSON.stringify({ time, ...event })}\n`).join(''),
  );
};

let told: Readonly<Record<string, readonly Rendering[]>> = {};

beforeAll(async () => {
  writeRun('done', [start, epoch, done]);
  writeRun('crashed', [start, epoch]);
  await keepCrash(
    path.join(folder, 'runs/crashed'),
    'The reporter "breaks" failed at step 171: it has no file.',
  );
  for (const name of ['ants', 'bees']) {
    mkdirSync(path.join(folder, 'photos', name), { recursive: true });
    for (let i = 0; i < 12; i++) writeFileSync(path.join(folder, 'photos', name, `${i}.png`), RED);
  }
  const kernel = { dtype: 'float32', shape: [3, 3, 3, 16], data: new Float32Array(432).fill(0.5) } as const;
  writeFileSync(
    path.join(folder, 'w.safetensors'),
    encodeSafetensors({ 'backbone/stem/conv/kernel': kernel }),
  );
  const request = { cwd: folder, lines: LINES, widths: WIDTHS };
  const out = await render({ ...request, events: [start, epoch, done] });
  told = JSON.parse(readFileSync(out, 'utf8')) as typeof told;
});

/** Lines of a command that are read and kept: what a longer output goes on with is like it, and changes with every plugin. */
const READ = 14;

const cutText = (text: string): string => {
  const lines = text.trimEnd().split('\n');
  return lines.length <= READ ? lines.join('\n') : [...lines.slice(0, READ), '…'].join('\n');
};

const textOf = (all: readonly Rendering[]): string =>
  all.map(({ line, code, shown }) => `$ understory ${line}\n${cutText(shown)}\n[${code}]\n`).join('\n');

/** Lines that are for programs, or to be copied: a terminal may break them. */
const isToCopy = (line: string, of: string): boolean =>
  of.startsWith('config photos') || /understory \w/.test(line);

describe.each(WIDTHS)('at %i columns', (width) => {
  it('every command shows what was read', async () => {
    await expect(textOf(told[width] ?? [])).toMatchFileSnapshot(`../testdata/widths/${width}.txt`);
  });

  it.each(['', ' terminal'])('nothing is wider that could be broken%s', (where) => {
    const all = told[`${width}${where}`] ?? [];
    expect(all.length).toBe(LINES.length + 1);
    const wide = all.flatMap(({ line: of, shown }) =>
      stripVTControlCharacters(shown)
        .split(/[\r\n]/)
        .filter(
          (line) =>
            line.length > width &&
            line
              .trim()
              .slice(0, width - 12)
              .includes(' ') &&
            !isToCopy(line, of),
        )
        .map((line) => `${of}: ${line}`),
    );
    expect(wide).toEqual([]);
  });
});
