import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { doctor, type Check } from './doctor.ts';
import { pathWith, removeScratch, scratch } from './testing/trial.ts';

afterAll(removeScratch);
const byName = (checks: readonly Check[]): Record<string, Check> =>
  Object.fromEntries(checks.map((c) => [c.name, c]));

/** The doctor in a process with another environment. */
const elsewhere = async (env: NodeJS.ProcessEnv): Promise<Record<string, Check>> => {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const file = new URL('doctor.ts', import.meta.url).href;
  const code = `import { doctor } from ${JSON.stringify(file)}; console.log(JSON.stringify(await doctor()));`;
  const args = ['--import', tsx, '--conditions=@understory/source', '--input-type=module', '-e', code];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  return byName(JSON.parse(stdout) as Check[]);
};

it('finds this machine well', async () => {
  const checks = await doctor();
  expect(checks.map(({ name }) => name)).toEqual([
    ...['node', 'compiler', 'pip', 'engine', 'devices', 'threads', 'instructions', 'cache', 'disk'],
  ]);
  for (const check of checks) expect(check).toMatchObject({ ok: true });
  const { engine, devices, node } = byName(checks);
  expect(engine!.value).toContain('TensorFlow 2.21.0');
  expect(devices!.value).toMatch(/^[CG]PU/);
  expect(node!.value).toBe(process.version);
});

it('names the cure of each thing that is missing', async () => {
  const cache = path.join(scratch(), 'cache');
  const { compiler, pip, engine } = await elsewhere({
    PATH: pathWith('node'),
    UNDERSTORY_CACHE: cache,
    HOME: '/proc/nowhere',
  });
  expect(compiler).toMatchObject({ ok: false, value: 'none' });
  expect(compiler!.cure).toContain('g++');
  expect(pip!.cure).toContain('python3-pip');
  expect(engine).toMatchObject({ ok: false, cure: 'Run `understory engine install`.' });
});

it('asks for no tools where the engine is there, and says what is wrong with the cache', async () => {
  expect(await elsewhere({ ...process.env, PATH: pathWith('node') })).toMatchObject({
    compiler: { ok: true },
    pip: { ok: true },
  });
  const { cache } = await elsewhere({ ...process.env, UNDERSTORY_CACHE: '/proc/nowhere' });
  expect(cache).toMatchObject({ ok: false });
  expect(cache!.cure).toContain('UNDERSTORY_CACHE');
});
