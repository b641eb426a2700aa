import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeSafetensors } from '@understory/core';
import { metricsOf, temporaryFolder } from '@understory/runs/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { start, understory } from '../testing/understory.ts';

const folder = temporaryFolder();

// 48 images of each split in shards, read in an order that a buffer shuffles; a network of 4 channels.
const CONFIG = `
name: tiny
seed: 5
epochs: 3
batch: 8
checkpointEvery: 2
dataset: [shards, { root: packed, size: [32, 32], cache: 0 }]
sampler: [shard-shuffled, { buffer: 16 }]
backbone: [resnet18, { width: 0.0625 }]
objectives: [cross-entropy]
schedule: [constant, { rate: 0.05 }]
`;

const stepsOf = (runs: string): unknown[] =>
  metricsOf(path.join(folder, runs, 'tiny'))
    .filter(({ type }) => type === 'step')
    .map(({ step, loss, terms }) => ({ step, loss, terms }));
const tensorsOf = (runs: string): unknown =>
  decodeSafetensors(readFileSync(path.join(folder, runs, 'tiny/checkpoints/last.safetensors'))).tensors;

/** Trains on, and kills the run some time after a step; gives the exit code, null where it was killed. */
const killedAt = async (step: number, args: readonly string[]): Promise<number | null> => {
  const { process: child, finished } = start(['train', 'tiny.yaml', '--runs', 'killed', ...args], folder);
  while (stepsOf('killed').length < step && child.exitCode === null) await sleep(2);
  await sleep(30 * Math.random());
  child.kill('SIGKILL');
  return (await finished).code;
};

beforeAll(async () => {
  const args = ['data', 'pack', 'emoji', '--set', 'limit=48', '--shard-size', '1MB', '--resize', '48'];
  const packed = await understory([...args, '--out', 'packed'], folder);
  expect(packed.code, packed.stderr).toBe(0);
  writeFileSync(path.join(folder, 'tiny.yaml'), CONFIG);
  const { finished } = start(['train', 'tiny.yaml', '--runs', 'whole'], folder);
  const { code, stderr } = await finished;
  expect(code, stderr).toBe(0);
});

describe('a run from shards', () => {
  it('goes on to the same bits, wherever it was killed', async () => {
    const whole = stepsOf('whole');
    expect(whole).toHaveLength(18);
    expect(await killedAt(4, [])).toBeNull();
    expect(await killedAt(9, ['--resume'])).toBeNull();
    const { finished } = start(['train', 'tiny.yaml', '--runs', 'killed', '--resume'], folder);
    const { code, stderr } = await finished;
    expect(code, stderr).toBe(0);
    expect(stepsOf('killed')).toEqual(whole);
    expect(tensorsOf('killed')).toEqual(tensorsOf('whole'));
  });
});

describe('understory data pack', () => {
  it('refuses a folder that is not empty', async () => {
    const again = await understory(['data', 'pack', 'emoji', '--out', 'packed'], folder);
    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(again.stderr).toMatch(/packed is not empty .*Name a new folder/);
  });

  it('leaves nothing behind at Ctrl-C', async () => {
    const { process: child, finished } = start(['data', 'pack', 'emoji', '--out', 'stopped'], folder);
    while (!readdirSync(folder).some((name) => name.startsWith('.stopped')) && child.exitCode === null)
      await sleep(2);
    child.kill('SIGINT');
    const { code, stderr } = await finished;
    expect(code, stderr).toBe(130);
    expect(existsSync(path.join(folder, 'stopped'))).toBe(false);
    expect(readdirSync(folder).filter((name) => name.includes('stopped'))).toEqual([]);
  });
});
