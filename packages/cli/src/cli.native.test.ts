import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32, readCheckpoint } from '@understory/core';
import { metricsOf, temporaryFolder, type Line } from '@understory/runs/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { start, understory } from './testing/understory.ts';

// 240 training images of the emoji set, a network of 4 channels: seconds, and everything real.
const CONFIG = `
name: tiny
seed: 3
epochs: 3
batch: 16
checkpointEvery: 3
dataset: [emoji, { limit: 240 }]
backbone: [resnet18, { width: 0.0625 }]
objectives: [cross-entropy, contrastive-deep-supervision]
schedule: [constant, { rate: 0.05 }]
`;

const folder = temporaryFolder();
const stepsOf = (lines: readonly Line[]): unknown[] =>
  lines.filter((l) => l.type === 'step').map(({ step, loss, terms }) => ({ step, loss, terms }));

/** A picture of one red pixel. */
const RED = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC';

beforeAll(async () => {
  writeFileSync(path.join(folder, 'red.png'), Buffer.from(RED, 'base64'));
  writeFileSync(path.join(folder, 'tiny.yaml'), CONFIG);
  const { code, stderr } = await understory(['train', 'tiny.yaml'], folder);
  expect(code, stderr).toBe(0);
});

describe('understory train', () => {
  it('ends with a table of test metrics and keeps the run', async () => {
    const { stdout, code } = await understory(['runs'], folder);
    expect(code).toBe(0);
    expect(stdout).toMatch(/tiny +done/);
    const lines = metricsOf(path.join(folder, 'runs/tiny'));
    expect(lines.filter((l) => l.type === 'epoch')).toHaveLength(3);
    expect(existsSync(path.join(folder, 'runs/tiny/checkpoints/best.safetensors'))).toBe(true);
    expect(existsSync(path.join(folder, 'runs/tiny/tensorboard'))).toBe(true);
  });

  it('goes on to the same bits after kill -9 in the middle of an epoch', async () => {
    const whole = stepsOf(metricsOf(path.join(folder, 'runs/tiny')));
    const run = path.join(folder, 'killed/tiny');
    const { process: child, finished } = start(['train', 'tiny.yaml', '--runs', 'killed'], folder);
    // In the middle of the second epoch, two steps after a checkpoint.
    const target = Math.floor(whole.length / 3) + 8;
    while (stepsOf(metricsOf(run)).length < target && child.exitCode === null) await sleep(5);
    child.kill('SIGKILL');
    await finished;
    const before = stepsOf(metricsOf(run)).length;
    expect(before).toBeLessThan(whole.length);
    const { code, stdout, stderr } = await understory(
      ['train', 'tiny.yaml', '--runs', 'killed', '--resume'],
      folder,
    );
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/going on from step (\d+)/);
    expect(stepsOf(metricsOf(run))).toEqual(whole);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)(
    'stops at %s with a checkpoint of its last step',
    async (name) => {
      const runs = `stopped-by-${name}`;
      const run = path.join(folder, runs, 'tiny');
      const { process: child, finished } = start(['train', 'tiny.yaml', '--runs', runs], folder);
      while (stepsOf(metricsOf(run)).length < 4 && child.exitCode === null) await sleep(5);
      // A terminal that hangs up takes the output's reader along.
      if (name === 'SIGHUP') [child.stdout!, child.stderr!].forEach((stream) => stream.destroy());
      child.kill(name);
      const { stdout, code } = await finished;
      expect(code).toBe(128 + constants.signals[name]);
      if (name !== 'SIGHUP')
        expect(stdout).toMatch(/Stopped at step \d+\. Go on with: understory train tiny\.yaml --resume/);
      const trained = stepsOf(metricsOf(run)).length;
      expect(trained).toBeLessThan(stepsOf(metricsOf(path.join(folder, 'runs/tiny'))).length);
      const last = path.join(run, 'checkpoints/last.safetensors');
      expect(readCheckpoint(readFileSync(last), last).progress.step).toBe(trained);
    },
  );

  it('goes on from where it was stopped to the same bits', async () => {
    const resume = ['train', 'tiny.yaml', '--runs', 'stopped-by-SIGINT', '--resume'];
    expect((await understory(resume, folder)).code).toBe(0);
    const [resumed, whole] = ['stopped-by-SIGINT', 'runs'].map((runs) =>
      stepsOf(metricsOf(path.join(folder, runs, 'tiny'))),
    );
    expect(resumed).toEqual(whole);
  });

  it('names the file, the key and the nearest name of a mistake, and makes no run', async () => {
    const { code, stderr } = await understory(
      ['train', 'tiny.yaml', '--set', 'epocs=1', '--runs', 'none'],
      folder,
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/tiny\.yaml.*unknown key "epocs". Did you mean "epochs"/);
    expect(existsSync(path.join(folder, 'none'))).toBe(false);
  });
});

describe('what a run is used for', () => {
  it('is evaluated to the numbers that training gave', async () => {
    const { stdout, code } = await understory(['evaluate', 'runs/tiny', '--json'], folder);
    expect(code).toBe(0);
    const done = metricsOf(path.join(folder, 'runs/tiny')).at(-1) as unknown as {
      result: { best: { test: object } };
    };
    expect((JSON.parse(stdout) as { metrics: object }).metrics).toEqual(done.result.best.test);
  });

  it('predicts classes of image files', async () => {
    const { stdout, stderr, code } = await understory(
      ['predict', 'red.png', '--run', 'runs/tiny', '--json', '--top', '9'],
      folder,
    );
    expect(code, stderr).toBe(0);
    const [{ predictions }] = JSON.parse(stdout) as [{ predictions: { probability: number }[] }];
    expect(predictions.reduce((sum, p) => sum + p.probability, 0)).toBeCloseTo(1, 5);
  });

  it('predicts the images that can be read, and names the others', async () => {
    writeFileSync(path.join(folder, 'torn.png'), 'no picture');
    const images = ['red.png', 'nowhere.png', ...Array.from({ length: 60 }, () => 'red.png'), 'torn.png'];
    const { stdout, stderr, code } = await understory(['predict', ...images, '--run', 'runs/tiny'], folder);
    expect(code).toBe(1);
    expect(stdout.match(/^red\.png: .+ %, .+ %, .+ %$/gm)).toHaveLength(61);
    expect(stderr).toMatch(/^nowhere\.png has no prediction\. It does not exist\./m);
    expect(stderr).toMatch(/^torn\.png has no prediction\. Cannot read torn\.png: not a JPEG/m);
    expect(stderr).toMatch(/^2 of 63 images have no prediction\.$/m);
  });

  it('is exported as a model that plain tfjs loads, without heads, with the same probabilities', async () => {
    const { code, stderr } = await understory(['export', 'runs/tiny', 'model'], folder);
    expect(code, stderr).toBe(0);
    const script = `
      const tf = require('@tensorflow/tfjs'); const fs = require('fs');
      const { modelTopology, weightsManifest } = JSON.parse(fs.readFileSync('model/model.json'));
      const data = fs.readFileSync('model/weights.bin');
      const weightData = data.buffer.slice(data.byteOffset, data.byteOffset + data.length);
      tf.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs: weightsManifest[0].weights, weightData })).then((m) => {
        const p = m.predict(tf.mul(tf.ones([1, 32, 32, 3]), tf.tensor1d([255, 0, 0])));
        console.log(JSON.stringify({ parameters: m.countParams(), layers: m.weights.map((w) => w.name), p: [...p.dataSync()] }));
      });`;
    const { execFileSync } = await import('node:child_process');
    const root = path.resolve(import.meta.dirname, '../../..');
    const out = execFileSync(process.execPath, ['-e', script], {
      cwd: folder,
      env: { ...process.env, NODE_PATH: path.join(root, 'node_modules') },
    });
    const loaded = JSON.parse(out.toString().trim().split('\n').at(-1)!) as { layers: string[]; p: number[] };
    expect(loaded.layers.some((name) => name.includes('head'))).toBe(false);
    const { stdout } = await understory(
      ['predict', 'red.png', '--run', 'runs/tiny', '--json', '--top', '9'],
      folder,
    );
    const [{ predictions }] = JSON.parse(stdout) as [
      { predictions: { class: string; probability: number }[] },
    ];
    const classes = JSON.parse(readFileSync(path.join(folder, 'model/classes.json'), 'utf8')) as string[];
    for (const { class: name, probability } of predictions)
      expect(loaded.p[classes.indexOf(name)]!).toBeCloseTo(probability, 3);
  });
});

/** A PNG of red pixels whose header tells another size, with its checksum put right. */
const claiming = (side: number): Buffer => {
  const bytes = readFileSync(path.join(folder, 'red.png'));
  bytes.writeUInt32BE(side, 16);
  bytes.writeUInt32BE(side, 20);
  bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
  return bytes;
};

/** Answers of a server of the command line about pictures, then stops it as Ctrl-C does. */
const served = async (args: readonly string[], pictures: readonly Buffer[]): Promise<readonly object[]> => {
  const { process: child, finished } = start(['serve', ...args, '--port', '0'], folder);
  let said = '';
  child.stdout!.on('data', (part: Buffer) => (said += part.toString()));
  const url = (): string | undefined => /^(http\S+)\/predict: tiny, classification; /m.exec(said)?.[1];
  while (url() === undefined && child.exitCode === null) await sleep(20);
  const answers: object[] = [];
  for (const picture of pictures) {
    const response = await fetch(`${url()!}/predict`, { method: 'POST', body: new Uint8Array(picture) });
    answers.push({ status: response.status, ...((await response.json()) as object) });
  }
  child.kill('SIGINT');
  const { code, stderr } = await finished;
  expect(code, stderr).toBe(0);
  return answers;
};

describe('understory export --format, serve', () => {
  it.each(['onnx', 'saved-model', 'tfjs'])(
    'writes %s that its own runtime takes, with a card',
    async (format) => {
      const { code, stdout, stderr } = await understory(
        ['export', 'runs/tiny', `exported/${format}`, '--format', format, '--verify'],
        folder,
      );
      expect(code, stderr).toBe(0);
      expect(stdout).toMatch(
        /^Verified in (onnxruntime-|TensorFlow|tfjs).*: 4 images, largest difference \d\.\de[-+]\d/m,
      );
      const card = readFileSync(path.join(folder, 'exported', format, 'MODEL_CARD.md'), 'utf8');
      for (const part of [
        '# tiny',
        '## Classes (9)',
        'Flags',
        '| accuracy |',
        'Twemoji: CC-BY 4.0',
        'Seed 3',
      ])
        expect(card).toContain(part);
    },
  );

  it("rounds activations to 8 bits by the run's own images, where a format can hold them", async () => {
    const base = ['export', 'runs/tiny', 'exported/calibrated', '--verify'];
    const int8 = ['--format', 'onnx', '--set', 'weights=int8', '--calibrate'];
    const { code, stderr, stdout } = await understory([...base, ...int8], folder);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/weights and activations in int8 by \d+ images/);
    expect(stdout).toMatch(
      /^Verified in onnxruntime-.* images, the same that it was calibrated by, .* The likeliest class is the same on \d+\.\d %\.$/m,
    );
    const odd = await understory([...base, '--overwrite', '--calibrate'], folder);
    expect([odd.code, odd.stderr]).toEqual([1, expect.stringMatching(/"tfjs" has no place for activations/)]);
  });

  it('replaces an export where it may: files of the other format go, what is of others stays', async () => {
    const there = path.join(folder, 'exported', 'replaced');
    const line = ['export', 'runs/tiny', 'exported/replaced'];
    expect((await understory(line, folder)).code).toBe(0);
    writeFileSync(path.join(there, 'mine.txt'), 'mine');
    const before = readdirSync(there);
    const refused = await understory([...line, '--format', 'safetensors'], folder);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('Add --overwrite')]);
    expect(readdirSync(there)).toEqual(before);
    const made = await understory([...line, '--format', 'safetensors', '--overwrite'], folder);
    expect(made.code, made.stderr).toBe(0);
    expect(made.stderr).toMatch(/Removed, of an earlier export: \S+model\.json, \S+weights\.bin/);
    const names = ['MODEL_CARD.md', 'classes.json', 'export.json', 'mine.txt', 'model.safetensors'];
    expect(readdirSync(there).sort()).toEqual(names);
  });

  it('refuses to verify what nothing runs, and takes no word that a format does not have', async () => {
    const weights = await understory(
      ['export', 'runs/tiny', 'w', '--format', 'safetensors', '--verify'],
      folder,
    );
    expect([weights.code, weights.stderr]).toEqual([1, expect.stringMatching(/holds weights alone/)]);
    const odd = await understory(
      ['export', 'runs/tiny', 'w', '--format', 'onnx', '--set', 'weights=int4'],
      folder,
    );
    expect([odd.code, odd.stderr]).toEqual([1, expect.stringMatching(/weights.*float32.*float16.*int8/s)]);
  });

  it('answers over HTTP by the run and by its export as predict does, and refuses a bomb', async () => {
    const { stdout } = await understory(
      ['predict', 'red.png', '--run', 'runs/tiny', '--json', '--top', '9'],
      folder,
    );
    const [{ predictions }] = JSON.parse(stdout) as [
      { predictions: { class: string; probability: number }[] },
    ];
    const picture = readFileSync(path.join(folder, 'red.png'));
    for (const from of ['runs/tiny', 'exported/onnx']) {
      const [answer, bomb] = (await served([from, '--batch', '4'], [picture, claiming(30_000)])) as [
        { status: number; results: [{ predictions: typeof predictions }] },
        object,
      ];
      expect(answer.status).toBe(200);
      const found = new Map(answer.results[0].predictions.map((one) => [one.class, one.probability]));
      for (const one of predictions) expect(found.get(one.class)).toBeCloseTo(one.probability, 3);
      expect(bomb).toMatchObject({
        status: 422,
        error: 'bad-image',
        message: expect.stringMatching(/pixels/) as string,
      });
    }
  });
});

describe('understory list, config, doctor', () => {
  it('lists plugins with their options, as text and as JSON', async () => {
    const { stdout } = await understory(['list', 'losses', '--json'], folder);
    const names = (JSON.parse(stdout) as { name: string }[]).map((p) => p.name);
    expect(names).toContain('supcon');
    expect((await understory(['list', 'objective'], folder)).stdout).toMatch(
      /contrastive-deep-supervision[\s\S]*weight = 0\.1/,
    );
    expect((await understory(['list', 'objektive'], folder)).stderr).toMatch(/Did you mean "objective"/);
  });

  it('explains the keys of a config', async () => {
    expect((await understory(['config'], folder)).stdout).toMatch(/checkpointEvery +0/);
    const schema = JSON.parse((await understory(['config', '--schema'], folder)).stdout) as {
      properties: object;
    };
    expect(Object.keys(schema.properties)).toContain('backbone');
  });
});

describe('understory verify', () => {
  const verify = (...more: string[]): ReturnType<typeof understory> =>
    understory(
      ['verify', 'tiny.yaml', '--steps', '2', '--set', 'backbone=[resnet18, { width: 0.25 }]', ...more],
      folder,
    );
  const termsIn = (stdout: string): string[] => stdout.match(/[\w-]+\/\w+(?= +\d\.\de-\d+)/g) ?? [];

  it.each([
    ['float32', 'Compiled against op by op, 2 steps'],
    ['bfloat16', 'In bfloat16 against float32, 2 steps'],
  ])('tells how far each term is off in %s, and that none is too far', async (precision, title) => {
    const { code, stdout, stderr } = await verify('--precision', precision);
    expect(code, stdout + stderr).toBe(0);
    expect(stdout).toContain(title);
    const contrasted = ['stage1', 'stage2', 'stage3', 'final'].map(
      (tap) => `contrastive-deep-supervision/${tap}`,
    );
    expect(termsIn(stdout)).toEqual(['cross-entropy/ce', ...contrasted]);
  });
});
