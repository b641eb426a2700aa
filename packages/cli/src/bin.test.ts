import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from '@understory/runs/testing';
import { describe, expect, it } from 'vitest';
import { bin, understory, type Finished } from './testing/understory.ts';

const folder = temporaryFolder();

/** `understory list` with a plugin that does this when it is imported. */
const listWith = (name: string, code: string): Promise<Finished> => {
  writeFileSync(path.join(folder, `${name}.mjs`), code);
  return understory(['list', '--plugin', `./${name}.mjs`], folder);
};

const PLUGIN = `export default {
  token: { key: 'metric' }, name: 'own', summary: 'none', options: { parse: (v) => v }, create: () => 0,
};\n`;

const shell = (command: string, env: NodeJS.ProcessEnv = {}): Promise<Finished> =>
  new Promise((resolve) => {
    const child = spawn('sh', ['-c', command], { cwd: folder, env: { ...process.env, ...env } });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
    child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });

describe('what no command can catch', () => {
  it.each([
    ['a timer', `setTimeout(() => { throw new Error('too late'); }, 300);`],
    ['a promise that nobody awaits', `setTimeout(() => void Promise.reject(new Error('too late')), 300);`],
  ])('ends in one message: an error of %s', async (name, code) => {
    const { code: exit, stderr } = await listWith(name.replaceAll(' ', '-'), `${code}\n${PLUGIN}`);
    expect(stderr.trim()).toBe(
      'understory: understory failed: too late. This is a fault in Understory or in a plugin. UNDERSTORY_DEBUG=1 shows where it arose.',
    );
    expect(exit).toBe(70);
  });

  it('shows its stack to whoever asks', async () => {
    writeFileSync(
      path.join(folder, 'late.mjs'),
      `setTimeout(() => { throw new Error('too late'); }, 300);\n${PLUGIN}`,
    );
    const { stderr } = await shell(`${process.execPath} ${bin} list --plugin ./late.mjs`, {
      UNDERSTORY_DEBUG: '1',
    });
    expect(stderr).toMatch(/too late\n\s+at .*late\.mjs:1/);
  });

  it('is told of a plugin that throws while it is imported, by name', async () => {
    const { code, stderr } = await listWith('thrower', `throw new Error('not today');`);
    expect(code).toBe(1);
    expect(stderr.trim()).toMatch(/^understory: Cannot import the plugin "\.\/thrower\.mjs": not today\./);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});

describe('a command that is told', () => {
  it.each([
    [
      'as it is called in a project, where npm has called this one',
      { npm_command: 'exec' },
      'npx understory',
    ],
    ['by its name alone, where a shell has', {}, 'understory'],
  ])('is told %s', async (_, env, called) => {
    const runs = await shell(`${process.execPath} ${bin} runs`, env);
    expect(runs.stdout).toBe(`No runs in runs yet. Start one: ${called} start\n`);
    const refusal = await shell(`${process.execPath} ${bin} data check flowers`, env);
    expect(refusal.stderr).toContain(`It is fetched by: ${called} data get flowers`);
    expect(refusal.stderr).not.toContain('npx npx');
  });
});

describe('an output', () => {
  it('that its reader closes ends a list without a word', async () => {
    const { code, stderr } = await shell(`(${process.execPath} ${bin} list; echo "exit $?" >&2) | true`);
    expect(code).toBe(0);
    expect(stderr).toBe('exit 0\n');
  });

  it('that its reader closes stops a run as SIGTERM does, once', async () => {
    const stop = `process.on('SIGTERM', () => process.stderr.write('stops with a checkpoint\\n'));\n${PLUGIN}`;
    writeFileSync(path.join(folder, 'run.mjs'), stop);
    const { stderr } = await shell(`${process.execPath} ${bin} list --plugin ./run.mjs | true`);
    expect(stderr).toBe('stops with a checkpoint\n');
  });

  it('for errors that is closed leaves the result whole', async () => {
    const { stdout } = await shell(
      `${process.execPath} ${bin} list --nonsense 2>&1 >/dev/null | true; ${process.execPath} ${bin} list metric 2>&-`,
    );
    expect(stdout).toMatch(/accuracy/);
  });

  it.runIf(process.platform === 'linux')('on a full disk is told', async () => {
    const { code, stderr } = await shell(`${process.execPath} ${bin} list > /dev/full`);
    expect(stderr.trim()).toBe(
      'understory: Cannot write what it says: the disk is full. Make room on it, or name another disk.',
    );
    expect(code).toBe(1);
  });
});
