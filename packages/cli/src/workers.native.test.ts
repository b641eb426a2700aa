import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TINY_RUN } from './testing/tinyRun.ts';
import { start } from './testing/understory.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'workers-'));
  writeFileSync(path.join(folder, 'tiny.yaml'), TINY_RUN);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const metricsFile = (name: string): string => path.join(folder, 'runs', name, 'metrics.jsonl');
const stepsOf = (name: string): readonly { readonly step: number; readonly loss: number }[] =>
  existsSync(metricsFile(name))
    ? readFileSync(metricsFile(name), 'utf8')
        .split('\n')
        .filter((line) => line.includes('"type":"step"') && line.endsWith('}'))
        .map((line) => JSON.parse(line) as { step: number; loss: number })
    : [];

/** The process of a worker of the run of this name, as the system tells it. */
const workerOf = (name: string, rank: number): number => {
  const found = readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const [command, env] = ['cmdline', 'environ'].map((file) =>
        readFileSync(`/proc/${pid}/${file}`, 'utf8'),
      );
      return command!.includes(`name=${name}`) && env!.includes(`"index":${rank}}`);
    } catch {
      return false; // it is gone, or somebody else's
    }
  });
  return Number(found[0]);
};

const train = (name: string, more: readonly string[] = []) =>
  start(['train', 'tiny.yaml', '--set', `name=${name}`, '--workers', '2', ...more], folder);

it.runIf(process.platform === 'linux')(
  'a worker that is killed is named, and the run ends as one that nobody disturbed, one line a step; two measure it as one does',
  async () => {
    const undisturbed = await train('undisturbed').finished;
    expect(undisturbed.stderr + undisturbed.stdout).toContain('Kept in');
    expect(undisturbed.code).toBe(0);
    const { finished } = train('killed');
    const ended = finished.then(() => true);
    while (stepsOf('killed').length < 5 && !(await Promise.race([ended, sleep(50, false)]))) continue;
    process.kill(workerOf('killed', 1), 'SIGKILL');
    const { code, stderr } = await finished;
    expect(stderr).toMatch(
      /Worker 1 was killed \(SIGKILL\)\. Going on from the last checkpoint with 2 workers/,
    );
    expect(code).toBe(0);
    const last = new Map(stepsOf('killed').map(({ step, loss }) => [step, loss]));
    expect([...last]).toEqual(stepsOf('undisturbed').map(({ step, loss }) => [step, loss]));
    expect(last.size).toBe(24);
    const measuring = ['evaluate', 'runs/undisturbed', '--split', 'train', '--json', '--with', 'knn'];
    const [one, two] = [
      await start(measuring, folder).finished,
      await start([...measuring, '--workers', '2'], folder).finished,
    ];
    expect(one.stdout).toContain('"knn":');
    expect(two.stdout).toBe(one.stdout);
  },
  600_000,
);
