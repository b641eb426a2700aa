import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { cacheRoots } from './cache.ts';
import { missingNvidia, NVIDIA_LIBRARIES, requirementsOf } from './cuda.ts';
import { pipFailure } from './failures.ts';
import { restoreUtil } from './nodeCompat.ts';
import { announcedBytes } from './pip.ts';
import { engineStatus } from './status.ts';
import { targetOf } from './target.ts';
import { inside, placeOf } from './unpack.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'engine-link-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

describe("NVIDIA's libraries", () => {
  it('are missed by name where they do not lie beside TensorFlow', () => {
    const engine = path.join(folder, 'cuda');
    expect(missingNvidia(engine)).toEqual(NVIDIA_LIBRARIES);
    for (const name of NVIDIA_LIBRARIES) {
      const lib = path.join(engine, 'nvidia', name.replace(/^lib|\.so.*$/g, ''), 'lib');
      mkdirSync(lib, { recursive: true });
      writeFileSync(path.join(lib, name), '');
    }
    expect(missingNvidia(engine)).toEqual([]);
    rmSync(path.join(engine, 'nvidia', 'cudnn'), { recursive: true });
    expect(missingNvidia(engine)).toEqual(['libcudnn.so.9']);
  });
});

describe('targetOf', () => {
  it('knows what each platform takes', () => {
    const keyOf = (platform: string, arch: string): string => targetOf({ platform, arch }).key;
    expect(keyOf('linux', 'x64')).toBe('tensorflow-cpu-2.21.0-linux-x64');
    expect(keyOf('linux', 'arm64')).toBe('tensorflow-2.21.0-linux-arm64');
    expect(keyOf('darwin', 'arm64')).toBe('tensorflow-2.21.0-darwin-arm64');
    expect(targetOf({ platform: 'linux', arch: 'x64', cuda: true }).key).toBe(
      'tensorflow-2.21.0-linux-x64-cuda',
    );
  });

  it('says which of them nobody has run', () => {
    expect(targetOf({ platform: 'linux', arch: 'x64' }).tested).toBe(true);
    expect(targetOf({ platform: 'darwin', arch: 'arm64' }).tested).toBe(false);
    expect(targetOf({ platform: 'linux', arch: 'x64', cuda: true }).tested).toBe(false);
  });

  it.each([
    ['win32', 'x64'],
    ['darwin', 'x64'],
    ['linux', 'ia32'],
  ])('has nothing for %s on %s', (platform, arch) => {
    expect(() => targetOf({ platform, arch })).toThrow(/has no wheel for .*CPU backend/);
  });
});

describe('the wheel', () => {
  const target = targetOf({ platform: 'linux', arch: 'x64' });

  it('gives its libraries and the headers of the C API', () => {
    expect(placeOf('tensorflow/libtensorflow_cc.so.2', target)).toBe('lib/libtensorflow_cc.so.2');
    expect(placeOf('tensorflow/include/tensorflow/c/c_api.h', target)).toBe('include/tensorflow/c/c_api.h');
    for (const other of [
      'tensorflow/python/x.so',
      'tensorflow/include/Eigen/Core',
      'tensorflow/include/tensorflow/c/',
    ]) {
      expect(placeOf(other, target)).toBeNull();
    }
  });

  it('cannot write outside its folder', () => {
    expect(inside('/a', 'lib/x')).toBe('/a/lib/x');
    for (const bad of ['../x', 'lib/../../x', '/x', '..', ''])
      expect(() => inside('/a', bad)).toThrow(/leave its folder/);
  });

  it('names the libraries of NVIDIA that go with it', () => {
    const metadata = [
      'Requires-Dist: numpy>=1.26.0',
      'Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"',
      "Requires-Dist: nvidia-nccl-cu12 <3.0,>=2.27.7 ; extra == 'and-cuda'",
      'Requires-Dist: nvidia-other; extra == "more"',
    ];
    expect(requirementsOf(metadata.join('\n'))).toEqual([
      'nvidia-cublas-cu12<13.0,>=12.5.3.2',
      'nvidia-nccl-cu12<3.0,>=2.27.7',
    ]);
  });
});

describe('pip', () => {
  it('announces what it will fetch', () => {
    expect(
      announcedBytes(
        'Downloading a-1.whl (274.0 MB)\nDownloading b.whl (500 kB)\nDownloading b.whl.metadata (9 B)',
      ),
    ).toBe(274.5e6);
    expect(announcedBytes('')).toBe(0);
  });

  it.each([
    ['OSError: [Errno 28] No space left on device', 'disk-full'],
    ['WARNING: Retrying ... NewConnectionError\nERROR: No matching distribution found', 'no-network'],
    ["certificate verify failed: SSLError('x')", 'no-network'],
    ['ERROR: No matching distribution found for tensorflow-cpu==2.21.0', 'no-wheel'],
    ['IncompleteRead(10 bytes read)', 'download-failed'],
    ['something new', 'download-failed'],
  ])('fails with its own words: %s', (stderr, code) => {
    expect(pipFailure(stderr, folder, targetOf({ platform: 'linux', arch: 'x64' }))).toMatchObject({ code });
  });
});

describe('cacheRoots', () => {
  it.runIf(process.getuid?.() === 0)('knows a place for a user whom the system does not know', () => {
    const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
    const file = new URL('cache.ts', import.meta.url).href;
    const code = `import { cacheRoots } from ${JSON.stringify(file)}; process.stdout.write(cacheRoots()[0]);`;
    const args = ['--import', tsx, '--conditions=@understory/source', '--input-type=module', '-e', code];
    const nobody = { uid: 54_321, gid: 54_321, env: { PATH: process.env.PATH } };
    const said = execFileSync(process.execPath, args, { ...nobody, encoding: 'utf8' });
    expect(said).toBe('/tmp/.cache/understory/engine');
  });

  it('takes the named cache alone, else the user’s and then the temporary folder', () => {
    vi.stubEnv('UNDERSTORY_CACHE', '/named');
    expect(cacheRoots()).toEqual(['/named/engine']);
    expect(cacheRoots('/given')).toEqual(['/given/engine']);
    vi.stubEnv('UNDERSTORY_CACHE', '');
    vi.stubEnv('XDG_CACHE_HOME', '/xdg');
    expect(cacheRoots()[0]).toBe('/xdg/understory/engine');
    vi.stubEnv('XDG_CACHE_HOME', 'relative');
    expect(cacheRoots()[0]).toBe(path.join(os.homedir(), '.cache/understory/engine'));
    expect(cacheRoots()[1]!.startsWith(os.tmpdir())).toBe(true);
  });
});

it('engineStatus tells what is missing without loading anything', () => {
  expect(engineStatus(folder)).toMatchObject({ installed: false, folder: null, unsupported: null });
  expect(engineStatus(folder).downloadBytes).toBeGreaterThan(1e8);
});

it('restoreUtil gives Node what tfjs-node calls', async () => {
  restoreUtil();
  const util = (await import('node:util')).default as unknown as Record<string, (v: unknown) => boolean>;
  expect([null, undefined, 0, ''].map((v) => util.isNullOrUndefined!(v))).toEqual([true, true, false, false]);
});
