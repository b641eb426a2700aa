import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UnderstoryError, type RunEvent } from '@understory/core';
import { describe, expect, it } from 'vitest';
import { checkpointStore } from './checkpointStore.ts';
import { listRuns } from './listRuns.ts';
import { claimRun, isRunning } from './lock.ts';
import { formatLine } from './metricsFile.ts';
import { openRun, runFolder } from './runFolder.ts';
import { writeAtomic } from './writeAtomic.ts';

const folder = (): string => mkdtempSync(join(tmpdir(), 'understory-'));
const codeOf = async (promise: Promise<unknown>): Promise<string> => {
  const error: unknown = await promise.then(
    () => undefined,
    (e: unknown) => e,
  );
  return error instanceof UnderstoryError ? error.code : 'no error';
};

describe('a run folder', () => {
  it('is never given twice', async () => {
    const root = join(folder(), 'runs');
    const runs = await Promise.all(Array.from({ length: 8 }, () => runFolder(root, 'cds', { seed: 1 })));
    expect(runs.map((r) => r.name).sort()).toEqual(['cds', ...[2, 3, 4, 5, 6, 7, 8].map((n) => `cds-${n}`)]);
    expect(await runs[0]!.config()).toEqual({ seed: 1 });
    expect(readdirSync(root).sort()).toEqual(runs.map((r) => r.name).sort());
    expect(readdirSync(runs[0]!.folder).sort()).toEqual(['checkpoints', 'config.json', 'metrics.jsonl']);
  });

  it('refuses names that no folder should have', async () => {
    for (const name of ['', '.', '..', 'a/b', 'a\\b', '-rf', 'end.', 'x'.repeat(101), 'a\0']) {
      expect(await codeOf(runFolder(folder(), name))).toBe('run-name');
    }
    expect((await runFolder(folder(), 'größe 1.5')).name).toBe('größe 1.5');
  });

  it('is found again, and one that is none is refused', async () => {
    const run = await runFolder(folder(), 'a');
    expect((await openRun(run.folder)).folder).toBe(run.folder);
    expect(await (await openRun(run.folder)).config()).toBeUndefined();
    writeFileSync(run.files.config, '{');
    expect(await codeOf(run.config())).toBe('bad-config');
    expect(await codeOf(openRun(folder()))).toBe('no-run');
  });

  it('names the folder that cannot be made', async () => {
    expect(await codeOf(runFolder('/dev/null/runs', 'a'))).toBe('write-failed');
  });
});

describe('a checkpoint store', () => {
  it('gives back what was saved last', async () => {
    const store = checkpointStore(join(folder(), 'checkpoints'));
    expect(await store.load('last')).toBeUndefined();
    const saves = [1, 2, 3].map((n) => store.save('last', [new Uint8Array([n])]));
    expect(await store.load('last')).toEqual(new Uint8Array([3]));
    await Promise.all(saves);
    expect(await store.load('best')).toBeUndefined();
  });

  it('keeps the last but one as previous, and never makes a folder that vanished', async () => {
    const at = folder();
    const store = checkpointStore(join(at, 'checkpoints'));
    for (const n of [1, 2, 3]) await store.save('last', [new Uint8Array([n])]);
    await store.save('best', [new Uint8Array([9])]);
    expect(await store.load('previous')).toEqual(new Uint8Array([2]));
    expect(readdirSync(join(at, 'checkpoints')).sort()).toEqual(
      ['best', 'last', 'previous'].map((name) => `${name}.safetensors`),
    );
    rmSync(join(at, 'checkpoints'), { recursive: true });
    await expect(store.save('last', [new Uint8Array([4])])).rejects.toThrow(/its folder is not there/);
    expect(existsSync(join(at, 'checkpoints'))).toBe(false);
    mkdirSync(join(at, 'checkpoints/last.safetensors'), { recursive: true });
    await expect(store.load('last')).rejects.toThrow(/last\.safetensors: it is a folder/);
  });

  it('has a whole last and a whole previous whenever it is killed', async () => {
    const at = folder();
    const source = new URL('checkpointStore.ts', import.meta.url).href;
    const script = join(at, 'writer.mts');
    const checkpoints = join(at, 'checkpoints');
    writeFileSync(
      script,
      `import { checkpointStore } from ${JSON.stringify(source)};
       const store = checkpointStore(${JSON.stringify(checkpoints)});
       for (let n = 1; ; n++) await store.save('last', [new Uint8Array(100_000).fill(n % 251)]);`,
    );
    const args = ['--import', 'tsx', '--conditions=@understory/source', script];
    const numberIn = (name: string): number => {
      const bytes = readFileSync(join(checkpoints, `${name}.safetensors`));
      expect([bytes.length, bytes.every((b) => b === bytes[0])]).toEqual([100_000, true]);
      return bytes[0]!;
    };
    for (let kill = 0; kill < 3; kill++) {
      const writer = spawn(process.execPath, args, { stdio: 'inherit' });
      rmSync(checkpoints, { recursive: true, force: true });
      const until = Date.now() + 30_000;
      while (!existsSync(join(checkpoints, 'previous.safetensors')) && Date.now() < until)
        await new Promise((r) => setTimeout(r, 10));
      await new Promise((r) => setTimeout(r, 5 + 13 * kill));
      writer.kill('SIGKILL');
      await new Promise((r) => writer.on('exit', r));
      // One behind, or two where it was killed between the two renames.
      const behind = (numberIn('last') - numberIn('previous') + 251) % 251;
      expect([1, 2]).toContain(behind);
    }
  });

  it('does not mind what a crash left over', async () => {
    const at = folder();
    writeFileSync(join(at, 'last.safetensors.tmp'), 'half a checkpoint, longer than the next one');
    const store = checkpointStore(at);
    expect(await store.load('last')).toBeUndefined();
    await store.save('last', [new Uint8Array([7, 8]), new Uint8Array(), new Uint8Array([9])]);
    expect(await store.load('last')).toEqual(new Uint8Array([7, 8, 9]));
    expect(readdirSync(at)).toEqual(['last.safetensors']);
  });

  it('keeps the old checkpoint when the new one cannot be written, and goes on afterwards', async () => {
    const at = folder();
    const store = checkpointStore(at);
    await store.save('last', [new Uint8Array([1])]);
    mkdirSync(join(at, 'last.safetensors.tmp')); // nothing can be written under that name
    expect(await codeOf(store.save('last', [new Uint8Array([2])]))).toBe('write-failed');
    expect(await store.load('last')).toEqual(new Uint8Array([1]));
    await store.save('best', [new Uint8Array([3])]);
    expect(await store.load('best')).toEqual(new Uint8Array([3]));
  });

  it('shows readers whole files only, even when it is killed', async () => {
    const at = folder();
    const file = join(at, 'last.safetensors');
    const source = new URL('writeAtomic.ts', import.meta.url).href;
    const script = join(at, 'writer.mts');
    writeFileSync(
      script,
      `import { writeAtomic } from ${JSON.stringify(source)};
       for (let n = 0; ; n++) await writeAtomic(${JSON.stringify(file)}, new Uint8Array(3_000_000).fill(n % 251));`,
    );
    const writer = spawn(process.execPath, ['--import', 'tsx', '--conditions=@understory/source', script], {
      stdio: 'inherit',
    });
    const until = Date.now() + 30_000;
    while (!existsSync(file) && Date.now() < until) await new Promise((r) => setTimeout(r, 20));
    for (let n = 0; n < 10; n++) {
      const bytes = readFileSync(file);
      expect([bytes.length, bytes.every((b) => b === bytes[0])]).toEqual([3_000_000, true]);
      await new Promise((r) => setTimeout(r, 7));
    }
    writer.kill('SIGKILL');
    await new Promise((r) => writer.on('exit', r));
    const bytes = readFileSync(file);
    expect([bytes.length, bytes.every((b) => b === bytes[0])]).toEqual([3_000_000, true]);
    await writeAtomic(file, 'next');
    expect(readdirSync(at).sort()).toEqual(['last.safetensors', 'writer.mts']);
  });
});

describe('the list of runs', () => {
  const start: RunEvent = {
    type: 'start',
    run: 'x',
    engine: 'tfjs cpu',
    epochs: 2,
    stepsPerEpoch: 3,
    step: 0,
    parameters: { inference: 1, heads: 0 },
  };
  const epoch: RunEvent = {
    type: 'epoch',
    epoch: 0,
    step: 3,
    loss: 1,
    terms: {},
    metrics: { accuracy: 0.5 },
    best: true,
    seconds: 1,
  };
  const split = { validation: { accuracy: 0.6 }, test: { accuracy: 0.55 } };
  const done: RunEvent = {
    type: 'done',
    step: 6,
    aborted: false,
    seconds: 9,
    result: { selectOn: 'validation', bestEpoch: 1, last: split, best: split },
  };
  const lines = (day: number, ...events: RunEvent[]): string =>
    events.map((e) => formatLine(e, new Date(Date.UTC(2026, 10, day)))).join('');

  it('tells the state, the newest first, groups too', async () => {
    const root = folder();
    const finished = await runFolder(root, 'finished', {});
    writeFileSync(finished.files.metrics, lines(3, start, epoch, done));
    const killed = await runFolder(join(root, 'group'), 'killed', {});
    writeFileSync(killed.files.metrics, lines(2, start, epoch));
    const running = await runFolder(root, 'running', {});
    writeFileSync(running.files.metrics, lines(4, start));
    const release = await claimRun(running.folder);
    const list = await listRuns(root);
    expect(list.map((r) => [r.name, r.state, r.epoch, r.metrics])).toEqual([
      ['running', 'running', 0, {}],
      ['finished', 'done', 1, { accuracy: 0.55 }],
      ['group/killed', 'interrupted', 1, { accuracy: 0.5 }],
    ]);
    expect(list[1]!.date.toISOString()).toBe('2026-11-03T00:00:00.000Z');
    await release();
    expect((await listRuns(root))[0]!.state).toBe('interrupted');
    expect(await listRuns(join(root, 'nowhere'))).toEqual([]);
  });

  it('tells a run without test images by its validation images', async () => {
    const root = folder();
    const { files } = await runFolder(root, 'imagenet-like', {});
    const own = { validation: { accuracy: 0.6 }, test: {} };
    const result = { selectOn: 'validation', bestEpoch: 1, last: own, best: own } as const;
    writeFileSync(files.metrics, lines(3, start, epoch, { ...done, result }));
    expect((await listRuns(root))[0]!.metrics).toEqual({ accuracy: 0.6 });
  });
});

it('a run that cannot be read hides no other', async () => {
  const root = folder();
  for (const name of ['a', 'b', 'c', 'd', 'e']) await runFolder(root, name, {});
  writeFileSync(join(root, 'e/config.json'), '{');
  rmSync(join(root, 'a/metrics.jsonl'));
  mkdirSync(join(root, 'a/metrics.jsonl'));
  const done = { type: 'done', time: 'never', aborted: false };
  writeFileSync(join(root, 'b/metrics.jsonl'), `${JSON.stringify({ ...done, result: null })}\n`);
  writeFileSync(
    join(root, 'c/metrics.jsonl'),
    ['{"type":"start","time":7}', '{"type":"epoch","metrics":{"a":"x","b":1}}', 'null', '{'].join('\n'),
  );
  const list = await listRuns(root);
  const states = Object.fromEntries(list.map(({ name, state, metrics }) => [name, [state, metrics]]));
  expect(states).toEqual({
    a: ['damaged', {}],
    b: ['damaged', {}],
    c: ['damaged', {}],
    d: ['interrupted', {}],
    e: ['damaged', {}],
  });
});

describe('the mark of who writes', () => {
  it('keeps a second writer out until the first has gone', async () => {
    const run = await runFolder(folder(), 'a');
    const release = await claimRun(run.folder);
    expect(await codeOf(claimRun(run.folder))).toBe('run-busy');
    await release();
    await (
      await claimRun(run.folder)
    )();
  });

  it('does not outlive its process', async () => {
    const run = await runFolder(folder(), 'a');
    await claimRun(run.folder);
    const owner = JSON.parse(readFileSync(run.files.lock, 'utf8')) as Record<string, unknown>;
    // A later process that got the same number, then a number that nobody has, then a torn file.
    for (const text of [
      { ...owner, born: '1' },
      { ...owner, pid: 2 ** 22 + 7 },
    ]
      .map((o) => JSON.stringify(o))
      .concat('{')) {
      writeFileSync(run.files.lock, text);
      expect(await isRunning(run.folder)).toBe(false);
    }
    await claimRun(run.folder);
    expect(await isRunning(run.folder)).toBe(true);
  });

  it('of another machine holds while that machine writes', async () => {
    const run = await runFolder(folder(), 'a');
    writeFileSync(run.files.lock, JSON.stringify({ pid: 1, host: 'elsewhere', born: '' }));
    expect(await isRunning(run.folder)).toBe(true);
    chmodSync(run.files.lock, 0o600);
  });
});
