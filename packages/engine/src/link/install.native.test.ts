import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { engineFolder, findEngine } from './cache.ts';
import { RECORD, sha256, type PrebuiltRecord } from './prebuilt/record.ts';
import { targetOf } from './target.ts';
import { packageIndex, type PackageIndex } from './testing/packageIndex.ts';
import { standInWheel } from './testing/standInWheel.ts';
import { engineVersion, makeAddons, pathWith, removeScratch, scratch, tryInstall } from './testing/trial.ts';

// Real processes, pip, compiler, index and file system; only the wheel is a small stand-in for TensorFlow's.
const target = targetOf();
const wheels = scratch();
const real = findEngine(target.key)!;
let index: PackageIndex;
let wheel: string;
let cache: string;

const addons = (): string[] =>
  readdirSync(real.built)
    .filter((name) => /^\w.*\.node$/.test(name))
    .map((name) => path.join(real.built, name));
const standIn = (options: { bytes?: number; without?: string } = {}): string => {
  const into = scratch();
  return standInWheel({ include: real.include, addons: addons(), into, ...options });
};

const environment = (changes: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  HOME: path.join(wheels, 'empty-home'),
  UNDERSTORY_CACHE: cache,
  PIP_INDEX_URL: index.url,
  PIP_CONFIG_FILE: '/dev/null',
  CXX: fileURLToPath(new URL('testing/compilerCache.sh', import.meta.url)),
  CXX_STORE: wheels,
  UNDERSTORY_PREBUILT: 'none',
  ...changes,
});
const install = (changes?: NodeJS.ProcessEnv, fileLimit?: number): ReturnType<typeof tryInstall> =>
  tryInstall({ env: environment(changes), ...(fileLimit === undefined ? {} : { fileLimit }) });

const root = (): string => path.join(cache, 'engine');
const left = (): string[] => (existsSync(root()) ? readdirSync(root()) : []);
const expectWhole = (): void => {
  expect(left()).toEqual([target.key]);
  const at = engineFolder(root(), target.key);
  expect(readdirSync(at.lib).sort()).toEqual([...target.libraries].sort());
  expect(readdirSync(at.built).filter((name) => name.startsWith('.'))).toEqual([]);
};

beforeAll(async () => {
  mkdirSync(path.join(wheels, 'empty-home'));
  wheel = standIn({ bytes: 64e6 });
  index = await packageIndex(wheel);
});
beforeEach(() => {
  cache = path.join(scratch(), 'cache');
  Object.assign(index, { downloads: 0, cutAt: null, stallAt: null });
});
afterAll(async () => {
  await index.close();
  removeScratch();
});

describe('an installation', () => {
  it('tells its progress, leaves one whole folder, and has nothing to do the second time', async () => {
    const trial = install();
    const { installed, message } = await trial.ended;
    expect(message).toBeUndefined();
    expect(installed).toMatchObject({ tensorflow: '2.21.0', folder: path.join(root(), target.key) });
    const stages = [...new Set(trial.events.map(({ stage }) => stage))];
    expect(stages).toEqual(['download', 'unpack', 'compile', 'done']);
    for (const { done, total } of trial.events) expect(done).toBeLessThanOrEqual(total ?? Infinity);
    expectWhole();
    // Neither pip nor a compiler is needed any more.
    const again = await install({ PATH: pathWith('node'), CXX: '' }).ended;
    expect(again.installed).toEqual(installed);
    expect(index.downloads).toBe(1);
  });

  it('fetches once when two run at once', async () => {
    index.stallAt = 1000;
    const first = install();
    await vi.waitFor(() => expect(index.downloads).toBe(1), 20_000);
    const second = install();
    await second.until('wait');
    expect(second.events.at(-1)!.detail).toContain(`process ${first.child.pid}`);
    first.child.kill('SIGKILL'); // the second must take over
    index.stallAt = null;
    const third = install();
    const ended = await Promise.all([second.ended, third.ended]);
    for (const { installed } of ended) expect(installed).toBeDefined();
    expect(index.downloads).toBe(2);
    expectWhole();
  });

  it('goes on after it was killed while it unpacked, without fetching again', async () => {
    const trial = install();
    await trial.until('unpack');
    trial.child.kill('SIGKILL');
    await trial.ended;
    expect(existsSync(path.join(root(), target.key))).toBe(false);
    expect((await install().ended).installed).toBeDefined();
    expect(index.downloads).toBe(1);
    expectWhole();
  });

  it('stops when told to, and leaves nothing', async () => {
    index.stallAt = 1000;
    const trial = install();
    await trial.until('download');
    trial.child.kill('SIGTERM');
    expect((await trial.ended).code).toMatch(/Abort/);
    expect(left()).toEqual([]);
  });

  it('asks again when the connection breaks in the middle', async () => {
    index.cutAt = 10_000;
    expect(await install().ended).toHaveProperty('installed');
    expect(index.downloads).toBe(2);
    expectWhole();
  });

  it('repairs a cache of which something is gone', async () => {
    await install().ended;
    truncateSync(path.join(root(), target.key, 'lib', target.libraries[0]), 100);
    expect((await install().ended).installed).toBeDefined();
    rmSync(path.join(root(), target.key, 'include'), { recursive: true });
    expect((await install().ended).installed).toBeDefined();
    expectWhole();
  });

  it('puts the engine into the temporary folder where the home cannot be written', async () => {
    const temporary = scratch();
    const changes = { UNDERSTORY_CACHE: undefined, HOME: '/proc/nowhere', TMPDIR: temporary };
    const { installed, message } = await install(changes).ended;
    expect(message).toBeUndefined();
    expect(installed!.folder.startsWith(path.join(temporary, 'understory-'))).toBe(true);
  });
});

describe('addons that were compiled before', () => {
  const bare = { PATH: pathWith('node'), CXX: '' };
  const brought = scratch();
  const unlinked = path.join(scratch(), 'cache');
  const beOfVersion = (version: string): void =>
    writeFileSync(path.join(brought, 'package.json'), JSON.stringify({ version }));

  beforeAll(async () => {
    cache = unlinked;
    await install().ended;
    await makeAddons(brought, environment());
  });
  // TensorFlow is there, and nothing is compiled.
  beforeEach(() => {
    cache = unlinked;
    rmSync(path.join(root(), target.key, 'built'), { recursive: true, force: true });
    beOfVersion(engineVersion());
  });

  it('are taken where there is no compiler, and find TensorFlow by its new place', async () => {
    const trial = install({ ...bare, UNDERSTORY_PREBUILT: brought });
    const { installed, message } = await trial.ended;
    expect(message).toBeUndefined();
    expect(trial.events.map(({ stage }) => stage)).toEqual(['done']);
    expectWhole();
    const held = readFileSync(installed!.binding, 'latin1');
    expect(held).toContain(`:${engineFolder(root(), target.key).lib}\0`);
    expect(held).not.toContain('@understory-lib@');
  });

  it('are compiled anew where they do not fit, which is told', async () => {
    beOfVersion('9.9.9');
    const refused = await install({ ...bare, UNDERSTORY_PREBUILT: brought }).ended;
    expect(refused.code).toBe('no-compiler');
    expect(refused.message).toContain('of version 9.9.9');
    const elsewhere = scratch();
    const early = await install({ ...bare, UNDERSTORY_PREBUILT: brought, UNDERSTORY_CACHE: elsewhere }).ended;
    expect(early.message, 'before anything is fetched').toBe(refused.message);
    const trial = install({ UNDERSTORY_PREBUILT: brought });
    expect(await trial.ended).toHaveProperty('installed');
    expect(trial.events.find(({ stage }) => stage === 'compile')?.why).toContain('of version 9.9.9');
  });

  it('are compiled anew where this system cannot load them', async () => {
    const name = readdirSync(brought).find((file) => file.startsWith('hush'))!;
    const record = JSON.parse(readFileSync(path.join(brought, RECORD), 'utf8')) as PrebuiltRecord;
    truncateSync(path.join(brought, name), 100);
    const files = { ...record.files, [name]: sha256(readFileSync(path.join(brought, name))) };
    writeFileSync(path.join(brought, RECORD), JSON.stringify({ ...record, files }));
    const trial = install({ UNDERSTORY_PREBUILT: brought });
    expect(await trial.ended).toHaveProperty('installed');
    expect(trial.events.find(({ stage }) => stage === 'compile')?.why).toMatch(/hush.*cannot load it/);
    expectWhole();
  });
});

describe('one clear message and nothing half done', () => {
  const tools = ['node', 'bash', 'sh', 'basename', 'cp', 'mv', 'g++', 'as', 'ld'];

  it('without pip', async () => {
    const { code, message } = await install({ PATH: pathWith(...tools) }).ended;
    expect(code).toBe('no-pip');
    expect(message).toContain('apt install python3-pip');
    expect(left()).toEqual([]);
  });

  it('without a compiler, before anything is fetched', async () => {
    const { code, message } = await install({ PATH: pathWith('node', 'python3', 'bash'), CXX: '' }).ended;
    expect(code).toBe('no-compiler');
    expect(message).toContain('apt install g++');
    expect(index.downloads).toBe(0);
    expect(left()).toEqual([]);
  });

  it('without a network', async () => {
    const { code, message } = await install({ PIP_INDEX_URL: 'http://127.0.0.1:9/simple' }).ended;
    expect(code).toBe('no-network');
    expect(message).toContain('PIP_INDEX_URL');
    expect(left()).toEqual([]);
  });

  it('where the index lacks the wheel', async () => {
    const other = await packageIndex(path.join(wheels, 'something_else-1-py3-none-any.whl'));
    const { code } = await install({ PIP_INDEX_URL: other.url }).ended;
    await other.close();
    expect(code).toBe('no-wheel');
    expect(left()).toEqual([]);
  });

  it('in a cache that cannot be written', async () => {
    writeFileSync(path.join(wheels, 'file'), '');
    for (const at of ['/proc/nowhere', path.join(wheels, 'file', 'cache')]) {
      const { code, message } = await install({ UNDERSTORY_CACHE: at }).ended;
      expect(code).toBe('cache-not-writable');
      expect(message).toContain('set UNDERSTORY_CACHE');
    }
    expect(index.downloads).toBe(0);
  });

  it.runIf(process.getuid?.() === 0)('in a cache that belongs to somebody else', async () => {
    mkdirSync(cache, { mode: 0o755 });
    const { code } = await tryInstall({ env: environment(), uid: 65534 }).ended;
    expect(code).toBe('cache-not-writable');
    expect(left()).toEqual([]);
  });

  it.each([
    ['pip writes', 100],
    ['it unpacks', 20_000],
  ])('when no more fits on the disk while %s', async (_, kilobytes) => {
    const { code, message } = await install({}, kilobytes).ended;
    expect(code).toBe('disk-full');
    expect(message).toContain('UNDERSTORY_CACHE');
    expect(left()).toEqual([]);
  });

  it('with a wheel that lacks a library', async () => {
    const other = await packageIndex(standIn({ without: target.libraries[1] }));
    const { code, message } = await install({ PIP_INDEX_URL: other.url }).ended;
    await other.close();
    expect(code).toBe('bad-wheel');
    expect(message).toContain(target.libraries[1]);
    expect(left()).toEqual([]);
  });

  it('with a compiler that fails', async () => {
    const { code, message } = await install({ CXX: '/bin/false', PATH: pathWith('node', 'python3', 'bash') })
      .ended;
    expect(code).toBe('no-compiler');
    expect(message).toContain('CXX');
    expect(left()).toEqual([]);
  });
});
