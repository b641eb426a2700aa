import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readCheckpoint } from '@understory/core';
import { temporaryFolder } from '@understory/runs/testing';
import { describe, expect, it } from 'vitest';
import { understory } from './testing/understory.ts';

/** After one update the weights are so large that the second step overflows. */
const TOO_FAST = { schedule: ['constant', { rate: 1e25 }] };
const SMALL = {
  seed: 3,
  epochs: 2,
  batch: 8,
  checkpointEvery: 1,
  dataset: ['emoji', { limit: 24 }],
  backbone: ['resnet18', { width: 0.0625 }],
};

/** A line that names the operation, the layer or that there is none, and the count of values. */
const FOUND =
  /\w+ went wrong first, (in layer "[^"]+"|outside of the layers[^:]*): \d+ of \d+ values of its result/;

const train = (folder: string, config: object): ReturnType<typeof understory> => {
  writeFileSync(path.join(folder, 'run.json'), JSON.stringify(config));
  return understory(['train', 'run.json'], folder);
};

/** Trains until a step is not finite, moves its black box alone to another place and replays it there. */
const failAndReplay = async (folder: string, config: object): Promise<{ said: string; replayed: string }> => {
  const { code, stderr } = await train(folder, { ...SMALL, name: 'wild', ...TOO_FAST, ...config });
  expect(code, stderr).toBe(1);
  const elsewhere = temporaryFolder();
  copyFileSync(path.join(folder, 'runs/wild/checkpoints/black-box.safetensors'), path.join(elsewhere, 'box'));
  rmSync(folder, { recursive: true });
  const replay = await understory(['replay', 'box'], elsewhere);
  expect(replay.code, replay.stderr).toBe(0);
  return { said: stderr, replayed: replay.stdout };
};

describe('a run whose step is not finite', () => {
  it('names the operation, the layer and the samples, keeps the checkpoint before it, and is replayed elsewhere', async () => {
    const folder = temporaryFolder();
    const objectives = ['cross-entropy', 'contrastive-deep-supervision'];
    // Adam's first update is as large as its rate: convolutions of bright images overflow in the second step.
    const huge = { optimizer: 'adamw', schedule: ['constant', { rate: 2e37 }] };
    const { code, stderr } = await train(folder, { ...SMALL, name: 'wild', ...huge, objectives });
    expect(code).toBe(1);
    expect(stderr).toMatch(/At step 1: .*not finite/);
    expect(stderr).toMatch(FOUND);
    expect(stderr).toMatch(/in layer ".*, of .*\(.*\)/);
    const checkpoints = path.join(folder, 'runs/wild/checkpoints');
    const last = readCheckpoint(new Uint8Array(readFileSync(path.join(checkpoints, 'last.safetensors'))), '');
    expect(last.progress.step).toBe(1);
    for (const [name, { data }] of Object.entries(last.tensors))
      expect(data.every(Number.isFinite), name).toBe(true);
    const elsewhere = temporaryFolder();
    copyFileSync(path.join(checkpoints, 'black-box.safetensors'), path.join(elsewhere, 'box'));
    rmSync(folder, { recursive: true });
    const { stdout } = await understory(['replay', 'box'], elsewhere);
    expect(stderr).toContain(stdout.replace('Step 1: ', '').trim());
  });

  it('is replayed without its teacher', async () => {
    const folder = temporaryFolder();
    const calm = {
      ...SMALL,
      epochs: 1,
      name: 'teacher',
      objectives: ['cross-entropy', 'contrastive-deep-supervision'],
    };
    expect((await train(folder, calm)).code).toBe(0);
    const objectives = ['cross-entropy', ['cds-distillation', { teacher: { run: 'runs/teacher' } }]];
    const { said, replayed } = await failAndReplay(folder, { objectives });
    expect(said).toContain(FOUND.exec(replayed)![0]);
  });

  it('is replayed with labelled and unlabelled images', async () => {
    const folder = temporaryFolder();
    const { said, replayed } = await failAndReplay(folder, {
      objectives: ['cross-entropy', 'mean-teacher'],
      dataset: ['emoji', { limit: 64 }],
      unlabelled: { labelled: 0.5, batch: 8 },
    });
    expect(said).toContain(FOUND.exec(replayed)![0]);
  });
});

it('a file that is no black box is refused', async () => {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, 'box'), 'nothing of the kind');
  const { code, stderr } = await understory(['replay', 'box'], folder);
  expect(code).toBe(1);
  expect(stderr).toMatch(/safetensors/);
});
