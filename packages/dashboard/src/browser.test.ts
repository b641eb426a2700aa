import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { claimRun } from '@understory/tracking/node';
import type Axe from 'axe-core';
import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDashboard, type Dashboard } from './index.ts';
import { epochOf, eventsOf, lineOf, stepOf, writeRun } from './testing/madeRuns.ts';

const PLACES = [
  process.env['CHROMIUM_PATH'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
const executablePath = PLACES.find((place) => place !== '' && existsSync(place));
const why = executablePath ? '' : ' (skipped: no Chromium is installed; set CHROMIUM_PATH to one)';

describe.skipIf(!executablePath)(`the live page in a browser${why}`, () => {
  const root = mkdtempSync(path.join(tmpdir(), 'understory-live-'));
  const asked: string[] = [];
  let browser: Browser;
  let dashboard: Dashboard;
  let release: () => Promise<void>;
  beforeAll(async () => {
    writeRun(path.join(root, 'first'), eventsOf(3));
    writeRun(path.join(root, 'second'), eventsOf(2));
    release = await claimRun(path.join(root, 'first'));
    dashboard = await openDashboard({
      runs: root,
      actions: {
        stop: (folder) => Promise.resolve(void asked.push(`stop ${path.basename(folder)}`)),
        resume: (folder) => Promise.resolve(void asked.push(`resume ${path.basename(folder)}`)),
      },
    });
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    await dashboard.close();
    await release();
    rmSync(root, { recursive: true, force: true });
  });

  it('follows a run as it trains, sets another beside it, and stops one after a question, by keys alone', async () => {
    const page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
    const [complaints, requests]: [string[], string[]] = [[], []];
    page.on('console', (m) => complaints.push(m.text()));
    page.on('pageerror', (e) => complaints.push(e.message));
    page.on('request', (r) => requests.push(new URL(r.url()).host));
    await page.goto(dashboard.url);
    const headline = page.locator('h1');
    await expect
      .poll(() => headline.innerText(), { timeout: 20_000 })
      .toBe('In training: first at epoch 3 of 5.');
    const metrics = path.join(root, 'first', 'metrics.jsonl');
    appendFileSync(metrics, [stepOf(33), stepOf(34), epochOf(3)].map(lineOf).join(''));
    await expect
      .poll(() => headline.innerText(), { timeout: 20_000 })
      .toBe('In training: first at epoch 4 of 5.');
    await page.locator('#curves').scrollIntoViewIfNeeded();
    await expect
      .poll(() => page.locator('#curves text.end').first().textContent(), { timeout: 20_000 })
      .toMatch(/^53\.0\s?%$/);

    // What lies out of sight is drawn when it comes into it.
    const pace = (): Promise<string | null> => page.locator('#speed text.end').first().textContent();
    await page.locator('#speed').scrollIntoViewIfNeeded();
    await expect.poll(pace, { timeout: 20_000 }).toBe('106');

    const box = page.locator('#list input').nth(1);
    await box.focus();
    await page.keyboard.press('Space');
    await expect.poll(() => page.locator('#curves .legend .method').count(), { timeout: 20_000 }).toBe(2);
    await page.locator('button[data-act=stop]').focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('dialog').innerText(), { timeout: 20_000 }).toContain('Stop first?');
    await page.keyboard.press('Escape');
    expect(asked).toEqual([]);

    // An answer that does not arrive is told, and none to the next question.
    await page.route('**/do', (route) => route.abort());
    await page.locator('button[data-act=stop]').click();
    await page.locator('dialog .do').click();
    await expect
      .poll(() => page.locator('#said').innerText(), { timeout: 20_000 })
      .toContain('That was not done');
    await page.unroute('**/do');
    await page.locator('button[data-act=stop]').click();
    await page.locator('dialog .do').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('dialog .do').waitFor({ state: 'hidden' });
    expect(asked).toEqual([]);
    complaints.length = 0; // the browser's own, of the request that was dropped

    await page.locator('button[data-act=stop]').focus();
    await page.keyboard.press('Enter');
    await page.locator('dialog .do').waitFor(); // the question comes from the server
    await page.locator('dialog .do').focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => asked, { timeout: 20_000 }).toEqual(['stop first']);
    expect(complaints).toEqual([]);
    expect(new Set(requests)).toEqual(new Set([new URL(dashboard.url).host]));
    await page.close();
  });

  it('has nothing that axe finds and fits its width, in both themes, wide and narrow', async () => {
    const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    for (const [width, colorScheme] of [
      [1280, 'light'],
      [390, 'dark'],
      [1280, 'dark'],
      [390, 'light'],
    ] as const) {
      const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme, bypassCSP: true });
      await page.goto(dashboard.url);
      await page.locator('#speed').waitFor();
      const found = await page.evaluate(async (source) => {
        window.eval(source);
        const { violations } = await (window as unknown as { axe: typeof Axe }).axe.run({
          resultTypes: ['violations'],
        });
        return violations.map(
          ({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
        );
      }, axe);
      expect(found, `${width} ${colorScheme}`).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      await page.close();
    }
  });
});
