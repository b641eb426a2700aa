import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { metricsOf, temporaryFolder } from '@understory/runs/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeSquares, SIZE } from './testing/squares.ts';
import { understory } from './testing/understory.ts';

// 24 pictures of squares, a detector of 16 channels: seconds, and everything real. The rate comes down to zero, so
// that squares are found however a processor rounds (tried with three seeds, AVX2 and AVX-512).
const CONFIG = `
name: squares
seed: 1
epochs: 12
batch: 5
checkpointEvery: 3
dataset: [voc, { root: squares, size: [64, 96] }]
backbone: [resnet18, { width: 0.0625, stem: imagenet }]
task: [retinanet, { width: 16, depth: 1 }]
views: [[flip]]
optimizer: adam
schedule: [cosine, { rate: 0.003, warmupEpochs: 1 }]
metrics: [[coco-ap, { first: AP50, each: true }]]
`;

const TWELVE = ['AP50', 'AP', 'AP75', 'APs', 'APm', 'APl', 'AR1', 'AR10', 'AR100', 'ARs', 'ARm', 'ARl'];

const folder = temporaryFolder();
const at = (...parts: readonly string[]): string => path.join(folder, ...parts);
const picture = 'squares/JPEGImages/000000000001.bmp';
const other = 'squares/JPEGImages/000000000002.bmp';
let trained = '';
let all: Told = { size: [0, 0], boxes: [] };

beforeAll(async () => {
  makeSquares(at('squares'), 24);
  writeFileSync(at('squares.yaml'), CONFIG);
  const { code, stderr, stdout } = await understory(['compare', 'squares.yaml'], folder);
  expect(code, stderr).toBe(0);
  trained = stdout;
  [all = all] = await predicted();
});

interface Told {
  readonly size: readonly [number, number];
  readonly boxes: readonly {
    readonly box: readonly number[];
    readonly probability: number;
    readonly class: string;
  }[];
}

const predicted = async (...more: readonly string[]): Promise<readonly Told[]> => {
  const { stdout, stderr, code } = await understory(
    ['predict', picture, '--run', 'runs/squares', '--json', ...more],
    folder,
  );
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as Told[];
};

describe('a run of boxes', () => {
  it('tells of an epoch and in a table the two numbers that matter, and of all with evaluate', async () => {
    expect(trained).toMatch(/epoch 12\/12 {2}loss .*\) {2}AP50 [\d.]+ %, AP [\d.]+ % /);
    expect(trained).toMatch(/^method +AP50 \(best\) +AP50 \(last\) +AP \(best\) +AP \(last\) +best epoch/m);
    expect(trained).toContain('12 more of each: understory evaluate <run>');
    const { stdout, code } = await understory(['evaluate', 'runs/squares', '--json'], folder);
    expect(code).toBe(0);
    const { metrics } = JSON.parse(stdout) as { metrics: Record<string, number> };
    expect(Object.keys(metrics)).toEqual([...TWELVE, 'AP/green', 'AP/red']);
    const done = metricsOf(at('runs/squares')).at(-1) as unknown as { result: { best: { test: object } } };
    expect(JSON.stringify(metrics)).toBe(
      JSON.stringify(done.result.best.test, (_, v: unknown) => (v === null ? 'NaN' : v)),
    );
  });

  it('has no early exits, which tell classes of images', async () => {
    const { stderr, code } = await understory(['evaluate', 'runs/squares', '--exits'], folder);
    expect(code).toBe(1);
    expect(stderr).toMatch(/--exits is for runs that tell one class an image.*Leave --exits out/);
  });

  it('has a report with tables, curves, errors and cuts', () => {
    const page = readFileSync(at('runs/squares/report.html'), 'utf8');
    for (const id of ['boxes', 'box-mistakes', 'predictions']) expect(page).toContain(`<section id="${id}"`);
    expect(page).toContain('Precision by recall of all classes, IoU from 0.5');
    expect(page).not.toMatch(/Validation: <b>AR/);
  });

  it('predicts boxes in pixels of the picture itself, by a threshold', async () => {
    expect(all.size).toEqual(SIZE);
    expect(all.boxes.length).toBeGreaterThan(0);
    for (const { box } of all.boxes) {
      const [top, left, bottom, right] = box as [number, number, number, number];
      expect(top >= 0 && left >= 0 && bottom <= SIZE[0] && right <= SIZE[1]).toBe(true);
      expect(bottom > top && right > left).toBe(true);
    }
    const [best = 1] = all.boxes.map(({ probability }) => probability);
    const [likely] = await predicted('--threshold', String(best));
    expect(likely!.boxes).toEqual(all.boxes.filter(({ probability }) => probability >= best));
    const none = await understory(['predict', picture, '--run', 'runs/squares', '--threshold', '1'], folder);
    expect(none.stdout).toMatch(/^squares.*: no box; \d+ under 100\.0 %\n$/);
  });

  it("writes COCO's results, one for each box, with the number that names the picture", async () => {
    const { boxes } = all;
    const { stdout } = await understory(
      ['predict', picture, other, '--run', 'runs/squares', '--format', 'coco'],
      folder,
    );
    const results = JSON.parse(stdout) as {
      image_id: number;
      category_id: number;
      bbox: number[];
      score: number;
    }[];
    expect([...new Set(results.map(({ image_id }) => image_id))]).toEqual([1, 2]);
    const [top = 0, left = 0, bottom = 0, right = 0] = boxes[0]!.box;
    expect(results[0]).toEqual({
      image_id: 1,
      category_id: ['green', 'red'].indexOf(boxes[0]!.class) + 1,
      bbox: [left, top, right - left, bottom - top],
      score: boxes[0]!.probability,
    });
  });

  it('draws pictures into a folder, and replaces none without being asked', async () => {
    const draw = ['predict', picture, '--run', 'runs/squares', '--draw', 'drawn'];
    expect((await understory(draw, folder)).code).toBe(0);
    const file = at('drawn/000000000001.bmp.png');
    const before = readFileSync(file);
    expect(before.subarray(1, 4).toString()).toBe('PNG');
    const again = await understory(draw, folder);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('Add --overwrite')]);
    expect((await understory([...draw, '--overwrite', '--threshold', '0'], folder)).code).toBe(0);
    expect(readFileSync(file).equals(before)).toBe(false);
  });

  it('refuses what is about boxes for a run that tells classes', async () => {
    const config =
      'name: classes\nepochs: 1\nbatch: 8\ndataset: [emoji, { limit: 18 }]\nbackbone: [resnet18, { width: 0.0625 }]\n';
    writeFileSync(at('classes.yaml'), config);
    expect((await understory(['train', 'classes.yaml'], folder)).code).toBe(0);
    const { code, stderr } = await understory(
      ['predict', picture, '--run', 'runs/classes', '--threshold', '0.5'],
      folder,
    );
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('--threshold is about boxes; task "classification"'),
    ]);
  });
});

describe('understory data check', () => {
  it('counts boxes by class and size, and draws them', async () => {
    const { stdout, stderr, code } = await understory(['data', 'check', 'squares.yaml', '--views'], folder);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('squares: 2 classes, images of 64×96 pixels, whole pictures, filled up');
    expect(stdout).toMatch(/^train +\d+ +2 +[01] +\d+ +0 +0 +0 +0 +0$/m);
    expect(stdout).toMatch(/^green +\d+/m);
    expect(existsSync(at('contact-sheet.png'))).toBe(true);
    const again = await understory(['data', 'check', 'squares.yaml'], folder);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('Add --overwrite')]);
  });

  it('takes a dataset with its options too, and tells all as JSON', async () => {
    const named = [
      'data',
      'check',
      'voc',
      '--set',
      'root=squares',
      '--set',
      'size=64',
      '--sheet',
      'other.png',
    ];
    const { stdout, code } = await understory([...named, '--json'], folder);
    expect(code).toBe(0);
    const { splits, size } = JSON.parse(stdout) as { size: number[]; splits: { images: number }[] };
    expect(size).toEqual([64, 64]);
    expect(splits.reduce((sum, { images }) => sum + images, 0)).toBe(24);
  });

  it('names the view that boxes cannot follow', async () => {
    const { code, stderr } = await understory(
      [
        'data',
        'check',
        'squares.yaml',
        '--views',
        '--sheet',
        'v.png',
        '--set',
        'views=[[grayscale],[[mixed]]]',
      ],
      folder,
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/"?mixed"?/);
  });
});
