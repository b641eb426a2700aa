/**
 * What an open page costs the training that it shows: blocks of steps with the page open in Chromium and with it closed, by turns:
 *
 *   npm run bench:page -- [--pairs 8] [--seconds 10] [--threads 0]
 *
 * CHROMIUM_PATH names a browser where /usr/bin/chromium is none. On a machine with other work the processors' time says more than
 * the clock's.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { chromium as Chromium, Page } from 'playwright-core';
import { DATASET, METRIC, prepareTraining, seedOf } from '../../packages/core/src/index.ts';
import { compiledRunner, loadEngine } from '../../packages/engine/src/index.ts';
import { checkpointStore, claimRun, metricsReporter } from '../../packages/tracking/src/node/index.ts';
import { cifarViews, experimentOn, registry } from '../step/experiment.ts';
import { Turns } from '../turns.ts';
import { cpuOfTree } from './processes.ts';

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '8' },
    seconds: { type: 'string', default: '10' },
    width: { type: 'string', default: '0.5' },
    batch: { type: 'string', default: '32' },
  },
});
const ROOT = path.resolve(import.meta.dirname, '../..');
const { chromium } = createRequire(path.join(ROOT, 'packages/report/package.json'))('playwright-core') as {
  chromium: typeof Chromium;
};

interface Block {
  steps: number;
  /** Seconds by the clock, and of this process's time on the processors. */
  readonly wall: number[];
  readonly cpu: number[];
  /** Seconds of processors' time of server and browser together, and by the clock, while it lasted. */
  beside: number;
  lasted: number;
}

const serve = async (runs: string) => {
  const bin = path.join(ROOT, 'packages/cli/bin/understory.js');
  const args = [bin, 'dashboard', '--runs', runs, '--while-watched'];
  const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [url] = (await once(server.stdout, 'data')) as [Buffer];
  return { server, url: url.toString().trim().split('\n')[0] ?? '' };
};

const median = (numbers: readonly number[]): number => {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
};
const mean = (numbers: readonly number[]): number => numbers.reduce((sum, n) => sum + n, 0) / numbers.length;

const openRun = async (folder: string) => {
  const dataset = await registry.make(DATASET, 'emoji')({ seed: seedOf(1).at('dataset') });
  const task = { model: 'resnet18', width: Number(values.width), batch: Number(values.batch) };
  const made = experimentOn(dataset, { ...task, views: cifarViews() });
  const metrics = ['accuracy', 'calibration'].map((name) => registry.make(METRIC, name));
  const runner = compiledRunner();
  const experiment = { ...made, epochs: 100_000, metrics, selectOn: 'validation' as const };
  const training = await prepareTraining(experiment, { runner, store: checkpointStore(folder) });
  return { training, runner };
};

const cpuNow = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Trains, while the page is opened and closed block by block; gives the blocks with it open and with it closed. */
const measure = async (folder: string, show: (open: boolean) => Promise<void>, besides: () => number) => {
  const { training, runner } = await openRun(path.join(folder, 'run'));
  await mkdir(path.join(folder, 'run'), { recursive: true });
  await writeFile(path.join(folder, 'run', 'config.json'), '{}');
  const release = await claimRun(path.join(folder, 'run'));
  const reporter = metricsReporter({ file: path.join(folder, 'run', 'metrics.jsonl') });
  const turns = { open: new Turns(), closed: new Turns() };
  const blocks: Record<'open' | 'closed', Block[]> = { open: [], closed: [] };
  const length = 1000 * Number(values.seconds);
  let [state, block, began, counted]: ['open' | 'closed', Block | undefined, number, number] = [
    'closed',
    undefined,
    0,
    0,
  ];
  let [wall, cpu] = [performance.now(), cpuNow()];
  let isSkipped = true; // the step in which the page opens or closes, or an epoch ends
  for await (const event of training.events()) {
    if (block) turns[state].note(event.type);
    await reporter.report(event);
    const [now, used] = [performance.now(), cpuNow()];
    if (event.type === 'step' && block && !isSkipped) {
      block.wall.push((now - wall) / 1000);
      block.cpu.push(used - cpu);
    }
    isSkipped = event.type !== 'step';
    if (event.type === 'step' && event.step >= 12 && (!block || now - began > length)) {
      if (block) {
        [block.beside, block.lasted] = [besides() - counted, (now - began) / 1000];
        turns[state].stop();
      }
      if (blocks.open.length === Number(values.pairs) && blocks.closed.length === blocks.open.length) break;
      state = blocks.open.length > blocks.closed.length ? 'closed' : 'open';
      await show(state === 'open');
      block = { steps: 0, wall: [], cpu: [], beside: 0, lasted: 0 };
      blocks[state].push(block);
      [began, counted, isSkipped] = [performance.now(), besides(), true];
      turns[state].start();
    }
    [wall, cpu] = [performance.now(), cpuNow()];
  }
  await reporter.close?.();
  await release();
  training.dispose();
  runner.dispose();
  return { blocks, turns };
};

const table = (
  name: string,
  numbers: (block: Block) => number,
  { open, closed }: Record<'open' | 'closed', Block[]>,
): void => {
  const ratios = open.map((block, i) => numbers(block) / numbers(closed[i] ?? block) - 1);
  const deviation = Math.sqrt(
    mean(ratios.map((r) => (r - mean(ratios)) ** 2)) / Math.max(1, ratios.length - 1),
  );
  const ms = (blocks: Block[]): string => (1000 * median(blocks.map(numbers))).toFixed(1);
  console.log(
    `${name}: open ${ms(open)} ms, closed ${ms(closed)} ms; pair by pair ${(100 * mean(ratios)).toFixed(2)} % ± ${(196 * deviation).toFixed(2)} (median ${(100 * median(ratios)).toFixed(2)} %)`,
  );
};

console.log((await loadEngine()).description);
const folder = await mkdtemp(path.join(tmpdir(), 'understory-page-'));
const { server, url } = await serve(folder);
const executablePath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
const browserServer = await chromium.launchServer({ executablePath, args: ['--no-sandbox'] });
const browser = await chromium.connect(browserServer.wsEndpoint());
const page: Page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
const show = async (open: boolean): Promise<void> => {
  await page.goto(open ? url : 'about:blank');
  if (open) await page.locator('#curves').waitFor();
};
const besides = (): number => cpuOfTree(server.pid ?? 0) + cpuOfTree(browserServer.process().pid ?? 0);
try {
  const { blocks, turns } = await measure(folder, show, besides);
  table('a step by the clock', ({ wall }) => median(wall), blocks);
  table('a step in processors’ time', ({ cpu }) => mean(cpu), blocks);
  for (const state of ['open', 'closed'] as const) {
    const share = mean(blocks[state].map(({ beside, lasted }) => beside / lasted));
    console.log(`${state}: server and browser take ${(1000 * share).toFixed(0)} ms of a processor a second`);
    console.log(`${state}: longest turns of training's event loop: ${turns[state].text()}`);
  }
} finally {
  await browser.close();
  await browserServer.close();
  server.kill('SIGTERM');
  await rm(folder, { recursive: true, force: true });
}
process.exit();
