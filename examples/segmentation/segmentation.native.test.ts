import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs';
import { decodeSafetensors, seedOf } from '@understory/core';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { likeliest } from './plugins/likeliest.ts';
import { pastedEmoji } from './plugins/pastedEmoji.ts';
import { MASK } from './plugins/task.ts';

const here = import.meta.dirname;
const bin = path.resolve(here, '../../packages/cli/bin/understory.js');
const folder = mkdtempSync(path.join(tmpdir(), 'segmentation-'));
const CDS = path.join(here, 'with-cds.yaml');
const PLAIN = path.join(here, 'without-cds.yaml');
const SIDE = 32;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const start = (...args: string[]): { readonly child: ChildProcess; readonly ended: Promise<Ended> } => {
  const child = spawn(process.execPath, [bin, ...args], { cwd: folder });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text: Buffer) => (stdout += String(text)));
  child.stderr.on('data', (text: Buffer) => (stderr += String(text)));
  const ended = new Promise<Ended>((done) => child.on('close', (code) => done({ code, stdout, stderr })));
  return { child, ended };
};
const understory = (...args: string[]): Promise<Ended> => start(...args).ended;

interface Line {
  readonly type: string;
  readonly terms?: Readonly<Record<string, number>>;
  readonly result?: { readonly best: { readonly test: Readonly<Record<string, number>> } };
}
const linesOf = (run: string): Line[] => {
  const file = path.join(folder, run, 'metrics.jsonl');
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Line);
};
const testedOf = (run: string) => linesOf(run).at(-1)!.result!.best.test;
const weightsOf = (run: string, name = 'last') =>
  decodeSafetensors(readFileSync(path.join(folder, run, `checkpoints/${name}.safetensors`))).tensors;

/** What is true of the test images, and one of them as a file. */
const tested = async () =>
  (
    await pastedEmoji({ train: 240, validation: 48, test: 96, size: SIDE, most: 2 })({
      seed: seedOf(0).at('dataset'),
    })
  ).test;

let compared: Ended;
beforeAll(async () => {
  compared = await understory('compare', CDS, PLAIN, '--runs', 'runs');
  const pixels = await (await tested()).read([0]);
  await sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 3 } })
    .png()
    .toFile(path.join(folder, 'one.png'));
});

describe('a task of one class a pixel', () => {
  it('is learned with contrastive deep supervision and without', async () => {
    expect(compared.code, compared.stderr).toBe(0);
    const all = Array.from({ length: 96 }, (_, i) => i);
    const truth = (await (await tested()).readTargets(all))[MASK]!.data;
    const ground = Array.from(truth).filter((c) => c === 0).length / truth.length;
    for (const run of ['runs/masks-with-cds', 'runs/masks-without-cds']) {
      // To call everything background gives its share, over four classes.
      expect(testedOf(run)['meanIoU'], run).toBeGreaterThan(2 * (ground / 4));
      expect(testedOf(run)['pixelAccuracy'], run).toBeGreaterThan(ground);
    }
    const [contrasted, plain] = ['runs/masks-with-cds', 'runs/masks-without-cds'].map((run) =>
      Object.keys(linesOf(run).find((line) => line.type === 'epoch')!.terms!).map(
        (name) => name.split('/')[1],
      ),
    );
    expect([contrasted, plain]).toEqual([['ce', 'stage1', 'stage2', 'stage3', 'final'], ['ce']]);
  });

  it('has its own section in the report of both', () => {
    const page = readFileSync(path.join(folder, 'runs/masks-without-cds/report.html'), 'utf8');
    expect(page).toContain('id="iou-by-class"');
    const shown = `${(testedOf('runs/masks-with-cds')['IoU/apple']! * 100).toFixed(1)}\u202f%`;
    expect(page.slice(page.indexOf('<section id="iou-by-class"'))).toContain(shown);
    expect(page).toContain('of the pixels right');
  });

  it('is evaluated to the numbers that training gave', async () => {
    const { code, stdout, stderr } = await understory('evaluate', 'runs/masks-with-cds', '--json');
    expect(code, stderr).toBe(0);
    expect((JSON.parse(stdout) as { metrics: object }).metrics).toEqual(testedOf('runs/masks-with-cds'));
  });

  it('is predicted as text and as a map, which a plain tfjs model gives too', async () => {
    const predict = ['predict', 'one.png', '--run', 'runs/masks-with-cds'];
    const { stdout: text, stderr } = await understory(...predict);
    expect(text, stderr).toMatch(/^one\.png: background \d+\.\d % of the image/);
    const [said] = JSON.parse((await understory(...predict, '--json')).stdout) as [
      {
        classes: string[];
        size: [number, number];
        runs: number[];
        shares: { class: string; share: number }[];
      },
    ];
    const map = said.runs.flatMap((c, i) => (i % 2 === 0 ? Array<number>(said.runs[i + 1]!).fill(c) : []));
    expect([map.length, said.size]).toEqual([SIDE * SIDE, [SIDE, SIDE]]);
    for (const { class: name, share } of said.shares)
      expect(map.filter((c) => said.classes[c] === name).length / map.length).toBeCloseTo(share);

    const exported = await understory('export', 'runs/masks-with-cds', 'model');
    expect(exported.stdout, exported.stderr).toContain('probabilities out');
    const probabilities = await plainTfjs(path.join(folder, 'model'), await (await tested()).read([0]));
    expect(probabilities.shape).toEqual([1, SIDE, SIDE, 4]);
    const values = Array.from(probabilities.dataSync());
    for (let p = 0; p < SIDE * SIDE; p++)
      expect(values.slice(4 * p, 4 * p + 4).reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    // Where two classes are all but equally likely, rounding decides.
    const wrong = [...likeliest(values, 4)].filter((c, p) => c !== map[p]);
    expect(wrong.length).toBeLessThanOrEqual(1);
  });

  it('tells which operation failed of a step whose numbers were not finite, from its black box alone', async () => {
    const dataset = 'dataset=["pasted-emoji",{"train":24,"validation":8,"test":8}]';
    const failed = await understory(
      ...[
        'train',
        PLAIN,
        '--runs',
        'failed',
        '--set',
        dataset,
        '--set',
        'batch=8',
        '--set',
        'schedule.1.rate=1e30',
      ],
    );
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(/At step \d: Step "train" gave values that are not finite/);
    const box = 'failed/masks-without-cds/checkpoints/black-box.safetensors';
    const { code, stdout, stderr } = await understory('replay', box);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/Step \d: \w+ went wrong first/);
  });

  it('goes on after kill -9 in the middle of an epoch to the same bits', async () => {
    const train = ['train', CDS, '--runs', 'killed', '--set', 'checkpointEvery=3'];
    const { child, ended } = start(...train);
    const seen = (): number => linesOf('killed/masks-with-cds').filter(({ type }) => type === 'step').length;
    while (seen() < 17 && child.exitCode === null) await sleep(5);
    child.kill('SIGKILL');
    await ended;
    const { code, stdout, stderr } = await understory(...train, '--resume');
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/going on from step \d+/);
    const [whole, resumed] = [weightsOf('runs/masks-with-cds'), weightsOf('killed/masks-with-cds')];
    expect(Object.keys(resumed).some((name) => name.startsWith('task/'))).toBe(true);
    expect(resumed).toEqual(whole);
  });
});

/** Loads what `understory export` wrote as anybody would, and runs it on levels [H, W, 3]. */
const plainTfjs = async (model: string, pixels: Uint8Array): Promise<tf.Tensor> => {
  const { modelTopology, weightsManifest } = JSON.parse(
    readFileSync(path.join(model, 'model.json'), 'utf8'),
  ) as {
    modelTopology: object;
    weightsManifest: [{ weights: tf.io.WeightsManifestEntry[] }];
  };
  const weightData = new Uint8Array(readFileSync(path.join(model, 'weights.bin'))).buffer;
  const loaded = await tf.loadLayersModel(
    tf.io.fromMemory({ modelTopology, weightSpecs: weightsManifest[0].weights, weightData }),
  );
  return loaded.predict(tf.tensor4d(Float32Array.from(pixels), [1, SIDE, SIDE, 3])) as tf.Tensor;
};
