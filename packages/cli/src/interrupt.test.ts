import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { metricsOf, temporaryFolder } from '@understory/runs/testing';
import { afterAll, expect, it } from 'vitest';
import { start } from './testing/understory.ts';

// On tfjs's own CPU backend a step is one turn of the event loop that takes seconds.
const CONFIG = `
name: slow
epochs: 9
batch: 2
dataset: [emoji, { limit: 40 }]
backbone: [resnet18, { width: 0.0625 }]
objectives: [cross-entropy]
`;
const folder = temporaryFolder();
writeFileSync(path.join(folder, 'slow.yaml'), CONFIG);
afterAll(() => rmSync(folder, { recursive: true }));
const env = { UNDERSTORY_CACHE: '/proc/nowhere' };

const stepsIn = (runs: string): number =>
  metricsOf(path.join(folder, runs, 'slow')).filter(({ type }) => type === 'step').length;

/** Ticks of 10 ms for which a process has computed; those since it began, where the system does not say. */
const ticksOf = ({ pid }: ChildProcess): number => {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return performance.now() / 10;
  const [user, system] = readFileSync(file, 'utf8').split(') ')[1]!.split(' ').slice(11, 13).map(Number);
  return user! + system!;
};

/** A run on the CPU backend that is in the midst of its second step: it has computed a while since it told of its first. */
const midStep = async (runs: string): Promise<ReturnType<typeof start>> => {
  const started = start(['train', 'slow.yaml', '--runs', runs], folder, env);
  while (stepsIn(runs) < 1 && started.process.exitCode === null) await sleep(20);
  const first = ticksOf(started.process);
  while (started.process.exitCode === null && ticksOf(started.process) < first + 30) await sleep(20);
  return started;
};

it('says at once that it stops, and ends after a step of seconds with a checkpoint', async () => {
  const { process: child, finished } = await midStep('once');
  child.kill('SIGINT');
  await once(child.stderr!, 'data');
  expect(stepsIn('once')).toBe(1); // it has not waited for the step to end
  const { code, stderr, stdout } = await finished;
  expect(code).toBe(130);
  expect(stderr.match(/Stopping after this step/g)).toHaveLength(1);
  expect(stdout).toContain('Stopped at step 2.');
  expect(existsSync(path.join(folder, 'once/slow/checkpoints/last.safetensors'))).toBe(true);
});

it('ends at the second Ctrl-C in the midst of that step', async () => {
  const { process: child } = await midStep('twice');
  child.kill('SIGINT');
  await once(child.stderr!, 'data');
  // Somebody presses it until it ends: the process may not be listening again yet.
  const pressing = setInterval(() => child.kill('SIGINT'), 200);
  child.once('exit', () => clearInterval(pressing));
  expect(await once(child, 'exit')).toEqual([null, 'SIGINT']); // 130 to a shell
  expect(stepsIn('twice')).toBe(1); // the step that it was in has not ended
});
