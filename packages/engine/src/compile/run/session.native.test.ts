import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs';
import { float32 } from '@understory/core';
import { afterEach, expect, it } from 'vitest';
import { addonPath } from '../../link/addon.ts';
import { addonSource } from '../../link/sources.ts';
import { installedEngine } from '../../link/status.ts';
import { firstNumber, runnerPool } from '../testing/runnerPool.ts';

const { runner, disposeAll } = runnerPool();
afterEach(disposeAll);

it('a session outlives another thread that has loaded the addon', async () => {
  const step = runner().step('double', ({ x }) => ({ y: tf.mul(x!, 2) }));
  const inputs = { x: float32([3], [1]) };
  expect(await firstNumber(step, inputs)).toBe(6);
  const addon = addonPath(addonSource()!, installedEngine()!.at);
  const thread = new Worker(`require(${JSON.stringify(addon)})`, { eval: true });
  expect(await once(thread, 'exit')).toEqual([0]);
  expect(await firstNumber(step, inputs)).toBe(6);
});
