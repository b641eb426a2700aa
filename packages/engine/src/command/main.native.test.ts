import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { somebodysProject, traceOf } from '../link/testing/somebodys.ts';
import { removeScratch, scratch } from '../link/testing/trial.ts';

afterAll(removeScratch);

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const main = fileURLToPath(new URL('main.ts', import.meta.url));

const command = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const node = ['--import', tsx, '--conditions=@understory/source', main, ...args];
    execFile(process.execPath, node, { cwd: scratch() }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });

it('links a project, tells of it, and unlinks it without a trace', async () => {
  const folder = somebodysProject('@tensorflow/tfjs-node');
  const before = traceOf(folder);
  const said: string[] = [];
  for (const name of ['status', 'link', 'status', 'unlink', 'unlink'])
    said.push((await command(name, folder)).stdout.trim().split('\n').at(-1)!);
  expect(said).toEqual([
    '@tensorflow/tfjs-node 4.22.0: not linked',
    '@tensorflow/tfjs-node 4.22.0 runs on TensorFlow 2.21.0 now.',
    '@tensorflow/tfjs-node 4.22.0: linked to TensorFlow 2.21.0',
    '@tensorflow/tfjs-node is as it was before.',
    'Nothing was linked here.',
  ]);
  expect(traceOf(folder)).toEqual(before);
});

it.each([
  [['lnk'], /no command "lnk"/],
  [['link', '--gpu'], /Unknown option '--gpu'/],
  [['link', 'a', 'b'], /"b" comes besides/],
  [['link'], /has no package\.json/],
])('refuses %j in one line', async (args, message) => {
  const { code, stdout, stderr } = await command(...args);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(message);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});

it('shows its help', async () => {
  const { code, stdout } = await command('--help');
  expect(code).toBe(0);
  for (const name of ['link', 'unlink', 'status', 'install', '--cuda']) expect(stdout).toContain(name);
});
