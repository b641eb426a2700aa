import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type Axe from 'axe-core';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildReport } from './buildReport.ts';
import { detectors } from './detectors.test.data.ts';
import type { ReportMethod } from './input.ts';
import { inputsOfKinds } from './kinds.test.data.ts';
import { CLASSES, sampleInput } from './sample.test.data.ts';
import { buildSweepPage } from './sweep/buildSweepPage.ts';
import { sampleSweep } from './sweep/sweep.test.data.ts';

const PLACES = [
  process.env['CHROMIUM_PATH'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
const executablePath = PLACES.find((path) => path !== '' && existsSync(path));
const why = executablePath ? '' : ' (skipped: no Chromium is installed; set CHROMIUM_PATH to one)';

const input = sampleInput();
const evil = `<img src=x onerror="window.pwned=1">`;

/** Drawings and buttons that say nothing to those who cannot see them. */
const nameless = (page: Page): Promise<number> =>
  page.evaluate(
    () =>
      [...document.querySelectorAll('svg[role=img]')].filter((s) => !s.getAttribute('aria-label')).length +
      [...document.images].filter((i) => !i.hasAttribute('alt')).length +
      [...document.querySelectorAll('svg:not([role=img]):not([aria-hidden=true])')].length +
      [...document.querySelectorAll('button')].filter((b) => !(b.textContent || b.ariaLabel)).length,
  );

const unfold = (page: Page, which = 'details'): Promise<void> =>
  page.evaluate((selector) => {
    for (const part of document.querySelectorAll<HTMLDetailsElement>(selector)) part.open = true;
  }, which);

const save = (name: string, text: string): string => {
  const file = join(mkdtempSync(join(tmpdir(), 'understory-report-')), name);
  writeFileSync(file, text);
  return pathToFileURL(file).href;
};

describe.skipIf(!executablePath)(`the page in a browser${why}`, () => {
  let browser: Browser;
  let url = '';
  beforeAll(async () => {
    url = save('report.html', buildReport(input));
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
  }, 120_000);
  afterAll(() => browser.close());

  interface Opened {
    readonly page: Page;
    readonly complaints: string[];
    readonly requests: string[];
  }
  const open = async (
    at: string,
    options: {
      width?: number;
      colorScheme?: 'light' | 'dark';
      javaScriptEnabled?: boolean;
      folded?: boolean;
    } = {},
  ): Promise<Opened> => {
    const { width = 1200, folded = false, ...rest } = options;
    const page = await browser.newPage({ viewport: { width, height: 800 }, ...rest });
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on('console', (m) => complaints.push(m.text()));
    page.on('pageerror', (e) => complaints.push(e.message));
    page.on('request', (r) => requests.push(r.url().slice(0, 5)));
    await page.goto(at);
    if (!folded && rest.javaScriptEnabled !== false) await unfold(page, 'details.part');
    return { page, complaints, requests };
  };

  it('opens without a complaint, asks for nothing, and shows every part', async () => {
    const { page, complaints, requests } = await open(url);
    for (const section of await page.locator('section').all()) {
      const box = await section.boundingBox();
      expect(box!.height).toBeGreaterThan(100);
    }
    expect(await page.locator('section').count()).toBe(8);
    const broken = await page.evaluate(
      () => [...document.images].filter((i) => !i.complete || i.naturalWidth === 0).length,
    );
    expect(broken).toBe(0);
    expect(complaints).toEqual([]);
    expect(requests.filter((r) => r !== 'data:' && r !== 'file:')).toEqual([]);
    await page.close();
  });

  it('shows the pictures pixel for pixel', async () => {
    const { page } = await open(url);
    const pixels = await page.evaluate(() => {
      const image = document.querySelector<HTMLImageElement>('.gallery img')!;
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
      const context = canvas.getContext('2d')!;
      context.drawImage(image, 0, 0);
      return [...context.getImageData(0, 0, canvas.width, canvas.height).data];
    });
    const expected = input.views!.samples[0]!.views[0]!.data;
    expect(pixels.filter((_, i) => i % 4 !== 3)).toEqual([...expected]);
    await page.close();
  });

  it('fits its width on every screen, light and dark', async () => {
    for (const [width, colorScheme] of [
      [320, 'light'],
      [390, 'dark'],
      [768, 'light'],
      [1440, 'dark'],
    ] as const) {
      const { page } = await open(url, { width, colorScheme });
      await unfold(page);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      await page.close();
    }
  });

  it('shows what is true and what was said of every kind, on every screen and without a complaint', async () => {
    for (const [kind, given] of Object.entries(inputsOfKinds())) {
      const at = save(`${kind}.html`, buildReport(given));
      for (const [width, colorScheme] of [
        [390, 'dark'],
        [1200, 'light'],
      ] as const) {
        const { page, complaints } = await open(at, { width, colorScheme });
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
        expect(await page.locator('.example').count()).toBe(8);
        expect(await nameless(page)).toBe(0);
        const map = page.locator('.scatter').first();
        await map.scrollIntoViewIfNeeded();
        const box = (await map.boundingBox())!;
        await page.mouse.move(box.x + 10, box.y + 10);
        expect(complaints).toEqual([]);
        await page.close();
      }
    }
  });

  it('shows how well boxes are found on every screen, and switches between mistakes', async () => {
    const at = save('detectors.html', buildReport(detectors()));
    for (const [width, colorScheme] of [
      [320, 'light'],
      [390, 'dark'],
      [1200, 'light'],
    ] as const) {
      const { page, complaints } = await open(at, { width, colorScheme });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      expect(await nameless(page)).toBe(0);
      for (const bar of await page.locator('.amount').all())
        expect((await bar.boundingBox())!.x).toBeGreaterThanOrEqual(0);
      await page.locator('#box-mistakes [role=tab]').nth(1).click();
      expect(await page.locator('#box-mistakes [role=tabpanel]:visible').count()).toBe(1);
      expect(complaints).toEqual([]);
      await page.close();
    }
  });

  it('fits its width with long names and many numbers', async () => {
    const { labels } = inputsOfKinds();
    const long = 'interminable'.repeat(12);
    const numbers = Object.fromEntries([long, ...CLASSES, 'a', 'b'].map((name, i) => [name, i / 20]));
    const split = { validation: numbers, test: numbers };
    const result = { selectOn: 'validation', bestEpoch: 0, best: split, last: split } as const;
    const given = {
      ...labels,
      methods: [0, 1, 0].map((k, i) => ({ ...labels.methods[k]!, label: `${long}${i}`, result })),
    };
    const at = save('long.html', buildReport(given));
    for (const width of [390, 1200]) {
      const { page } = await open(at, { width });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      await page.close();
    }
  });

  it('is a few screens long on a phone, where a title opens its part by key, by link and for print', async () => {
    const { page } = await open(url, { width: 390, folded: true });
    const height = (): Promise<number> => page.evaluate(() => document.documentElement.scrollHeight);
    const isOpen = (id: string): Promise<boolean> =>
      page.evaluate((name) => document.querySelector<HTMLDetailsElement>(`#${name} > details`)!.open, id);
    expect(await page.locator('section > details[open]').count()).toBe(2);
    const short = await height();
    expect(short).toBeLessThan(5200);
    for (const title of await page.locator('.part > summary h2').all())
      expect(await title.isVisible()).toBe(true);
    expect(await isOpen('mistakes')).toBe(false);
    await page.locator('#mistakes summary').first().press('Enter');
    expect(await isOpen('mistakes')).toBe(true);
    expect(await page.locator('.mistakes img:visible').count()).toBeGreaterThan(2);
    await page.locator('nav a[href="#stages"]').click();
    expect(await isOpen('stages')).toBe(true);
    expect(await isOpen('again')).toBe(false);
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    expect(await page.locator('section > details:not([open])').count()).toBe(0);
    expect(await height()).toBeGreaterThan(short + 3000);
    await page.close();
  });

  it('begins with all parts open on a wide screen, and with the one that its address names on a phone', async () => {
    const wide = await open(url, { folded: true });
    expect(await wide.page.locator('section > details:not([open])').count()).toBe(0);
    await wide.page.close();
    const { page } = await open(`${url}#calibration`, { width: 390, folded: true });
    expect(await page.locator('section > details[open]').count()).toBe(3);
    expect(await page.locator('#calibration svg').first().isVisible()).toBe(true);
    await page.close();
  });

  it('switches between methods by click and by key, the best first', async () => {
    const { page } = await open(url);
    const panels = page.locator('#confusions [role=tabpanel]');
    const shown = (): Promise<boolean[]> => Promise.all([0, 1, 2].map((i) => panels.nth(i).isVisible()));
    expect(await shown()).toEqual([false, false, true]);
    const tabs = page.locator('#confusions [role=tab]');
    await tabs.nth(0).click();
    expect(await shown()).toEqual([true, false, false]);
    await tabs.nth(0).press('ArrowRight');
    expect(await shown()).toEqual([false, true, false]);
    expect(await tabs.nth(1).getAttribute('aria-selected')).toBe('true');
    expect(await page.locator('#mistakes [role=tabpanel]:visible').count()).toBe(1);
    await page.close();
  });

  it('tells the values of a curve below it, under the pointer and by keys, and hides nothing', async () => {
    const { page, complaints } = await open(url);
    const figure = page.locator('#curves figure.chart').first();
    const [svg, read] = [figure.locator('svg[role=img]'), figure.locator('output.read')];
    await svg.hover();
    await expect.poll(() => read.textContent()).toMatch(/epoch \d+[\s\S]*baseline[\s\S]*%[\s\S]*contrastive/);
    const [drawing, told] = [(await svg.boundingBox())!, (await read.boundingBox())!];
    expect(told.y).toBeGreaterThanOrEqual(drawing.y + drawing.height - 1);
    await page.mouse.move(0, 0);
    expect(await read.textContent()).toBe('');
    await svg.focus();
    await svg.press('Home');
    expect(await read.textContent()).toContain('epoch 1');
    await svg.press('ArrowRight');
    expect(await read.textContent()).toContain('epoch 2');
    await svg.press('Escape');
    expect(await read.textContent()).toBe('');
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('has nothing that axe finds, in both themes, wide and narrow, as it begins and with all that is folded open', async () => {
    const few = (method: ReportMethod): ReportMethod => ({
      ...method,
      embeddings: method.embeddings!.slice(0, 1),
    });
    const lean = save('lean.html', buildReport({ ...input, methods: input.methods.map(few) }));
    const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    for (const [width, colorScheme] of [
      [1280, 'light'],
      [390, 'light'],
      [1280, 'dark'],
      [390, 'dark'],
    ] as const) {
      const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme, bypassCSP: true });
      await page.goto(lean);
      const found = await page.evaluate(
        async ([source, isNarrow]) => {
          window.eval(source);
          const look = async (): Promise<string[]> => {
            const { violations } = await (window as unknown as { axe: typeof Axe }).axe.run({
              resultTypes: ['violations'],
            });
            return violations.map(
              ({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
            );
          };
          const asItBegins = isNarrow ? await look() : [];
          for (const part of document.querySelectorAll('details')) part.open = true;
          for (const panel of document.querySelectorAll<HTMLElement>('[role=tabpanel]')) panel.hidden = false;
          return [...asItBegins, ...(await look())];
        },
        [axe, width < 760] as const,
      );
      expect(found, `${width} ${colorScheme}`).toEqual([]);
      await page.close();
    }
  });

  it('finds an image in every map, and picks out a class', async () => {
    const { page, complaints } = await open(url);
    const map = page.locator('.scatter').first();
    await map.scrollIntoViewIfNeeded();
    const box = (await map.boundingBox())!;
    const picked = page.locator('output.picked');
    for (let x = 0.1; x < 0.9 && (await picked.textContent()) === ''; x += 0.05) {
      await page.mouse.move(box.x + x * box.width, box.y + box.height / 2);
    }
    expect(CLASSES).toContain(await picked.innerText());
    expect(await page.locator('.picked .sprite').count()).toBe(1);
    expect(await page.locator('.ring[visibility=visible]').count()).toBe(12);
    await page.mouse.move(0, 0);
    expect(await page.locator('.ring[visibility=visible]').count()).toBe(0);
    await map.press('ArrowRight');
    expect(CLASSES).toContain(await picked.innerText());
    expect(await page.locator('.ring[visibility=visible]').count()).toBe(12);
    await page.locator('.classes button').nth(3).click();
    expect(await page.locator('.scatter path.on').count()).toBe(12);
    await page.locator('.classes button').nth(3).click();
    expect(await page.locator('.maps.alone').count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('turns dark and light again', async () => {
    const { page } = await open(url, { colorScheme: 'light' });
    const ground = (): Promise<string> =>
      page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    await page.locator('#theme').click();
    expect(await ground()).not.toBe(light);
    await page.locator('#theme').click();
    expect(await ground()).toBe(light);
    await page.close();
  });

  it('can be read without scripts', async () => {
    const { page } = await open(url, { javaScriptEnabled: false });
    expect(await page.locator('[role=tabpanel]:visible').count()).toBe(6);
    expect(await page.locator('[role=tablist]:visible').count()).toBe(0);
    await page.close();
  });

  it('names every drawing for those who cannot see it', async () => {
    const { page } = await open(url);
    expect(await nameless(page)).toBe(0);
    await page.close();
  });

  it('shows a sweep on every screen, and picks a trial out in all drawings by pointer and keys', async () => {
    const at = save('sweep.html', buildSweepPage(sampleSweep()));
    for (const [width, colorScheme] of [
      [320, 'dark'],
      [1200, 'light'],
    ] as const) {
      const { page, complaints, requests } = await open(at, { width, colorScheme });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      expect(await nameless(page)).toBe(0);
      const lines = page.locator('figure.trials svg[tabindex]').first();
      await lines.focus();
      await lines.press('ArrowRight');
      expect(await page.locator('#tip').innerText()).toMatch(
        /^Trial 11[^]*schedule\.rate\s*0\.0308[^]*58\.2/,
      );
      expect(await page.locator('.trial.on').count()).toBe(4);
      await lines.press('ArrowLeft');
      expect(await page.locator('#tip').innerText()).toMatch(/^Trial 12[^]*failed/);
      await lines.press('Escape');
      expect(await page.locator('.trial.on').count()).toBe(0);
      const mark = page.locator('g.best circle').nth(1);
      await mark.scrollIntoViewIfNeeded();
      await mark.hover();
      expect(await page.locator('#tip').innerText()).toMatch(/^Trial 11/);
      expect([complaints, requests]).toEqual([[], ['file:']]);
      await page.close();
    }
  });

  it('runs nothing that a class is called', async () => {
    const named = { ...input.dataset, name: evil, classes: CLASSES.map((c) => `${c}${evil}`) };
    const one = { ...input.methods[2]!, label: evil, embeddings: input.methods[2]!.embeddings!.slice(0, 1) };
    const at = save('hostile.html', buildReport({ ...input, title: evil, dataset: named, methods: [one] }));
    const { page, complaints } = await open(at, { width: 390 });
    expect(await page.title()).toBe(evil);
    await page.locator('.scatter').first().hover();
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false);
    expect(await page.locator('img[src=x]').count()).toBe(0);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    expect(complaints).toEqual([]);
    await page.close();
  });
});
