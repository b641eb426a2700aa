import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { freePorts } from '@understory/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RED } from './testing/squares.ts';
import { start, type Finished } from './testing/understory.ts';

let folder = '';
beforeAll(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'meeting-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const CONFIG = `dataset: [images, { root: photos, size: [32, 32] }]
backbone: [resnet18, { width: 0.0625 }]
batch: 4
epochs: 1
reporters: []
`;

/** A plugin that ends the second worker's process when it is imported, as if all were well. */
const ENDING = `
const { task } = JSON.parse(process.env.TF_CONFIG ?? '{}');
if (task?.index === 1) process.exit(0);
export const nothing = { token: { key: 'loss' }, name: 'nothing', options: { parse: (x) => x }, create: () => 1 };
`;

/** A machine's folder, with a config and so many pictures of each class. */
const machine = (name: string, pictures = 6): string => {
  const at = path.join(folder, name);
  for (const kind of ['rose', 'tulip']) {
    mkdirSync(path.join(at, 'photos', kind), { recursive: true });
    for (let i = 0; i < pictures; i++) writeFileSync(path.join(at, 'photos', kind, `${i}.png`), RED);
  }
  writeFileSync(path.join(at, 'tiny.yaml'), CONFIG);
  writeFileSync(path.join(at, 'plugin.mjs'), ENDING);
  return at;
};

/** The places of workers that somebody else starts, as their environment says them. */
const places = async (size: number): Promise<readonly string[]> => {
  const worker = (await freePorts(size)).map((port) => `127.0.0.1:${port}`);
  return worker.map((_, index) => JSON.stringify({ cluster: { worker }, task: { type: 'worker', index } }));
};

const train = (at: string, more: readonly string[], TF_CONFIG?: string): Promise<Finished> =>
  start(['train', 'tiny.yaml', ...more], at, TF_CONFIG === undefined ? {} : { TF_CONFIG }).finished;

const LIMIT = 300_000;

describe.concurrent('workers that cannot all meet before the first step', () => {
  it(
    'end at once where one ends first, though it calls that well',
    async () => {
      const { code, stderr } = await train(machine('one'), [
        ...['--workers', '2', '--set', 'plugins=[./plugin.mjs]'],
      ]);
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(/Worker 1 ended with code 0 before it was done/),
      ]);
      expect(stderr).not.toContain('restarts left');
    },
    LIMIT,
  );

  it(
    'wait as long as is said where others start them: the one that is there ends, and names the other one',
    async () => {
      const [, place] = await places(2);
      const { code, stderr } = await train(machine('alone'), ['--start-timeout', '5'], place);
      expect(stderr).toContain('Worker 0 (127.0.0.1:');
      expect(stderr).toContain('cannot be reached: step "meet" was not done after 5 s');
      expect(code).not.toBe(0); // killed: TensorFlow asks the first worker for its steps for ever, and hears nothing else
    },
    LIMIT,
  );

  it(
    'are refused where one has other pictures, which is named',
    async () => {
      const [first, second] = await places(2);
      const ended = await Promise.all([
        train(machine('six'), [], first),
        train(machine('seven', 7), [], second),
      ]);
      for (const { code, stderr } of ended) {
        expect(stderr).toMatch(/Worker 1 differs from worker 0 in its (data|order of images)/);
        expect(code).toBe(1);
      }
    },
    LIMIT,
  );
});
