import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readMetrics } from '@understory/tracking/node';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';

const here = import.meta.dirname;
const bin = path.resolve(here, '../../packages/cli/bin/understory.js');
const runs = mkdtempSync(path.join(tmpdir(), 'multi-label-'));
const WITH = path.join(runs, 'labels-with-cds');
const WITHOUT = path.join(runs, 'labels-without-cds');
const IMAGES = ['green-triangle', 'red-circle-green-square', 'red-triangle-green-circle'].map((name) =>
  path.join(here, 'images', `${name}.png`),
);
const LABELS = ['red', 'green', 'blue', 'circle', 'square', 'triangle'];

/** Runs a command, which must do what it is asked. */
const understory = (...args: readonly string[]): string => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
    encoding: 'utf8',
    env: { ...process.env, TF_NUM_INTRAOP_THREADS: '2' },
  });
  expect(status, stderr).toBe(0);
  return stdout;
};

/** Fewer and smaller images, and a tiny network: half a minute for both runs. */
const SMALL = ['dataset.train=300', 'dataset.validation=128', 'dataset.test=128', 'batch=20', 'epochs=4']
  .concat('backbone.width=0.0625')
  .flatMap((change) => ['--set', change]);

let compared: string;
beforeAll(() => {
  const configs = ['without-cds.yaml', 'with-cds.yaml'].map((name) => path.join(here, name));
  compared = understory('compare', ...configs, '--runs', runs, ...SMALL);
});

/** The test metrics of a run's best weights, as it told them itself. */
const told = async (run: string): Promise<Readonly<Record<string, number>>> => {
  const lines = await readMetrics(path.join(run, 'metrics.jsonl'));
  return lines.find((line) => line.type === 'done')!.result!.best.test;
};

describe('several labels an image, by plugins alone', () => {
  it.each([
    ['with CDS', WITH],
    ['without', WITHOUT],
  ])('is learned %s: better than chance by far', async (_how, run) => {
    const { mAP, macroF1, microF1 } = await told(run);
    // An image has a label in three of ten cases: so precise is a guess.
    expect(mAP).toBeGreaterThan(0.5);
    expect(Math.min(macroF1!, microF1!)).toBeGreaterThan(0.2);
  });

  it('is supervised at the stages by labels that images share', async () => {
    const lines = await readMetrics(path.join(WITH, 'metrics.jsonl'));
    const epochs = lines.flatMap((line) => (line.type === 'epoch' ? [line] : []));
    const terms = Object.keys(epochs[0]!.terms);
    expect(terms).toEqual([
      'binary-cross-entropy/bce',
      ...['stage1', 'stage2', 'stage3', 'final'].map((tap) => `contrastive-deep-supervision/${tap}`),
    ]);
    for (const term of terms) expect(epochs.at(-1)!.terms[term], term).toBeLessThan(epochs[0]!.terms[term]!);
  });

  it('is compared in a table and a report with a section of its own', async () => {
    expect(compared).toMatch(/^6 labels; 300 train, 128 validation, 128 test$/m);
    const page = readFileSync(path.join(WITH, 'report.html'), 'utf8');
    const section = /<section\s+id="labels"[\s\S]*?<\/section>/.exec(page)?.[0] ?? '';
    const numbers = await told(WITH);
    for (const label of LABELS) {
      expect(section).toMatch(new RegExp(`<th scope="row">${label}</th>`));
      expect(section).toContain(`${(100 * numbers[`AP/${label}`]!).toFixed(1)}\u202f%`);
    }
    const ids = [...page.matchAll(/<section\s+id="([\w-]+)"/g)].map(([, id]) => id);
    expect(ids).toEqual(expect.arrayContaining(['result', 'curves', 'views', 'stages', 'labels', 'again']));
    // What only a task of one class an image has.
    for (const other of ['confusions', 'calibration', 'mistakes']) expect(ids).not.toContain(other);
  });

  it('is evaluated to the numbers that the run told', async () => {
    const { metrics } = JSON.parse(understory('evaluate', WITH, '--json')) as { metrics: object };
    expect(metrics).toEqual(await told(WITH));
  });
});

interface Said {
  readonly image: string;
  readonly labels: readonly string[];
  readonly predictions: readonly { readonly class: string; readonly probability: number }[];
}

describe('what it says of image files', () => {
  let said: readonly Said[];
  beforeAll(() => {
    said = JSON.parse(understory('predict', ...IMAGES, '--run', WITH, '--json')) as Said[];
  });

  it('names all labels with their probabilities, and those that each image has', () => {
    expect(said.map(({ image }) => image)).toEqual(IMAGES);
    for (const { labels, predictions } of said) {
      expect(predictions.map((p) => p.class)).toEqual(LABELS);
      expect(labels).toEqual(predictions.filter((p) => p.probability >= 0.5).map((p) => p.class));
    }
  });

  it('is what plain tfjs says of the exported model', async () => {
    const out = understory('export', WITH);
    expect(out).toContain('probabilities out');
    const pixels = await Promise.all(IMAGES.map((file) => sharp(file).removeAlpha().raw().toBuffer()));
    const script = `
      const tf = require('@tensorflow/tfjs');
      const fs = require('node:fs');
      const { modelTopology, weightsManifest } = JSON.parse(fs.readFileSync('model.json'));
      const weightData = new Uint8Array(fs.readFileSync('weights.bin')).buffer;
      const pixels = JSON.parse(fs.readFileSync(0, 'utf8'));
      tf.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs: weightsManifest[0].weights, weightData })).then((model) => {
        const p = model.predict(tf.tensor(pixels.flat(), [pixels.length, 32, 32, 3]));
        console.log(JSON.stringify({ layers: model.layers.map((l) => l.name), p: p.arraySync() }));
      });`;
    const printed = execFileSync(process.execPath, ['-e', script], {
      cwd: path.join(WITH, 'model'),
      env: { ...process.env, NODE_PATH: path.join(here, 'node_modules') },
      input: JSON.stringify(pixels.map((one) => [...one])),
      encoding: 'utf8',
    });
    const { p, layers } = JSON.parse(printed.trim().split('\n').at(-1)!) as {
      p: number[][];
      layers: string[];
    };
    expect(layers.filter((name) => name.includes('contrastive'))).toEqual([]);
    said.forEach(({ predictions }, i) =>
      predictions.forEach(({ probability }, c) => expect(p[i]![c]).toBeCloseTo(probability, 5)),
    );
  });
});
