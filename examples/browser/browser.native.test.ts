import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { build, preview, type PreviewServer } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const home = import.meta.dirname;
const PLACES = [process.env['CHROMIUM_PATH'] ?? '', '/usr/bin/chromium', '/usr/bin/google-chrome'];
const executablePath = PLACES.find((file) => file !== '' && existsSync(file));
const why = executablePath ? '' : ' (skipped: no Chromium is installed; set CHROMIUM_PATH to one)';

/** A graphics card does many a second; the software that stands in for one here does not. */
const STEPS = Number(process.env['PAGE_STEPS'] ?? 6);

/** What the page offers its console. */
interface Offered {
  readonly use: (backend: string) => Promise<void>;
  readonly memory: () => { readonly numTensors: number };
  readonly predict: (count: number) => Promise<number[][]>;
  readonly train: (
    signal: AbortSignal,
  ) => AsyncGenerator<{ readonly loss: number; readonly tensors: number }>;
}
declare const understory: Offered;

const CONFIG = `name: page
dataset: [emoji, { limit: 90 }]
backbone: [resnet18, { width: 0.0625 }]
objectives: [cross-entropy, contrastive-deep-supervision]
views: [[crop, flip], [crop, flip]]
batch: 16
epochs: 1
`;

/** Trains, prepares and builds as the README says, small, into a folder of its own. */
const buildPage = async (): Promise<string> => {
  const folder = mkdtempSync(path.join(tmpdir(), 'understory-page-'));
  const run = (...args: string[]): Buffer =>
    execFileSync(process.execPath, args, { cwd: folder, stdio: 'pipe' });
  writeFileSync(path.join(folder, 'config.yaml'), CONFIG);
  run(path.join(home, 'node_modules/@understory/cli/bin/understory.js'), 'train', 'config.yaml');
  const tsx = path.join(home, 'node_modules/tsx/dist/cli.mjs');
  const data = path.join(folder, 'public');
  run(tsx, path.join(home, 'prepare/prepare.ts'), '--run', 'runs/page', '--out', data, '--drawings', '90');
  const outDir = path.join(folder, 'dist');
  await build({
    configFile: path.join(home, 'vite.config.ts'),
    publicDir: data,
    build: { outDir, emptyOutDir: true },
    logLevel: 'error',
  });
  return folder;
};

describe.skipIf(!executablePath)(`the page${why}`, () => {
  let [browser, server, page]: [Browser?, PreviewServer?, Page?] = [];
  let [folder, url] = ['', ''];
  const others: Browser[] = [];
  const requests: string[] = [];
  const complaints: string[] = [];
  const opened = (): Page => {
    if (!page) throw new Error('The page did not open.');
    return page;
  };

  beforeAll(async () => {
    folder = await buildPage();
    server = await preview({
      configFile: false,
      root: folder,
      build: { outDir: 'dist' },
      preview: { port: 0, host: '127.0.0.1' },
    });
    const software = ['--use-angle=swiftshader', '--enable-unsafe-swiftshader'];
    const args = ['--no-sandbox', ...software];
    browser = await chromium.launch({ ...(executablePath && { executablePath }), args });
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.on('request', (request) => requests.push(request.url()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (line) => {
      if (line.type() === 'error') complaints.push(line.text());
    });
    url = `http://127.0.0.1:${(server.httpServer.address() as AddressInfo).port}/`;
    await page.goto(url);
    await page.waitForFunction(
      () => 'understory' in globalThis && document.querySelectorAll('.depth li').length > 0,
      undefined,
      { timeout: 240_000 },
    );
  });
  afterAll(async () => {
    for (const one of [browser, ...others]) await one?.close();
    await server?.close();
  });

  it.each(['webgl', 'wasm'])('says of drawings what Node says: %s', async (backend) => {
    const expected = JSON.parse(
      readFileSync(path.join(folder, 'public/expected.json'), 'utf8'),
    ) as number[][];
    const said = await opened().evaluate(async (name) => {
      await understory.use(name);
      return understory.predict(4);
    }, backend);
    const differences = said.flat().map((logit, i) => Math.abs(logit - (expected.flat()[i] ?? NaN)));
    expect(Math.max(...differences)).toBeLessThan(1e-3);
  });

  it('shows a class and, for each stage, the drawings that are most alike', async () => {
    const shown = opened();
    await shown.getByRole('button', { name: 'An emoji' }).click();
    await expect.poll(() => shown.locator('#said').textContent()).toMatch(/^It says .*, with \d+ %\.$/);
    expect(await shown.locator('.depth').count()).toBe(4);
    expect(await shown.locator('.depth li').count()).toBe(32);
    // A picture of the data is its own nearest neighbour at every stage, but for the paper's enlarging.
    expect(Number(await shown.locator('.depth li').first().textContent())).toBeGreaterThan(0.95);
  });

  it(`trains: ${STEPS} steps lower the loss and leave no tensor behind`, async () => {
    const told = await opened().evaluate(async (count) => {
      await understory.use('webgl');
      const all: { loss: number; tensors: number }[] = [];
      for await (const { loss, tensors } of understory.train(new AbortController().signal))
        if (all.push({ loss, tensors }) === count) break;
      return all;
    }, STEPS);
    const mean = (from: number, to: number): number =>
      told.slice(from, to).reduce((sum, { loss }) => sum + loss, 0) / (to - from);
    const part = Math.floor(STEPS / 3);
    expect(mean(STEPS - part, STEPS)).toBeLessThan(mean(0, part));
    expect(new Set(told.slice(2).map(({ tensors }) => tensors)).size).toBe(1);
  });

  /** The page in a browser of its own, whose canvases lack some contexts. */
  const openedIn = async (args: string[], without: readonly string[] = []): Promise<Page> => {
    const own = await chromium.launch({
      ...(executablePath && { executablePath }),
      args: ['--no-sandbox', ...args],
    });
    others.push(own);
    const bare = await own.newPage();
    await bare.addInitScript((names) => {
      for (const { prototype } of [HTMLCanvasElement, OffscreenCanvas]) {
        const get = Reflect.get(prototype, 'getContext') as (name: string, ...more: unknown[]) => unknown;
        Object.defineProperty(prototype, 'getContext', {
          value(this: never, name: string, ...more: unknown[]): unknown {
            return names.includes(name) ? null : get.call(this, name, ...more);
          },
        });
      }
    }, without);
    await bare.goto(url);
    await bare.waitForFunction(() => document.querySelectorAll('.depth li').length > 0, undefined, {
      timeout: 240_000,
    });
    return bare;
  };

  it('says of drawings what Node says: webgpu', async () => {
    const bare = await openedIn(['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader']);
    const text = readFileSync(path.join(folder, 'public/expected.json'), 'utf8');
    const expected = (JSON.parse(text) as number[][]).flat();
    const said = await bare.evaluate(async () => {
      await understory.use('webgpu');
      return understory.predict(4);
    });
    const differences = said.flat().map((logit, i) => Math.abs(logit - (expected[i] ?? NaN)));
    expect(Math.max(...differences)).toBeLessThan(1e-3);
  });

  it('says that it cannot train where there is no WebGL, and looks at pictures all the same', async () => {
    const bare = await openedIn([], ['webgl', 'webgl2', 'experimental-webgl']);
    expect(await bare.locator('#train').isDisabled()).toBe(true);
    expect(await bare.locator('#progress').textContent()).toMatch(/no WebGL.*can look at pictures/);
    expect(await bare.locator('#backend').inputValue()).toBe('wasm');
  });

  it.runIf(process.env['PAGE_PICTURE'])('looks as it should', async () => {
    await opened().screenshot({ path: process.env['PAGE_PICTURE'] ?? '', fullPage: true });
  });

  it('asks nobody else for anything, and complains of nothing', () => {
    expect(requests.filter((url) => !/^(http:\/\/127\.0\.0\.1:|data:|blob:)/.test(url))).toEqual([]);
    expect(complaints).toEqual([]);
  });
});
