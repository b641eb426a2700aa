/**
 * Makes docs/report.html, the report that the README shows, and the picture of it: trains what `npm start` trains, in a folder of its
 * own, or takes the runs of an earlier `npm start`:
 *
 *   npm run docs:report -- [--runs runs]
 *
 * The picture needs Chromium; CHROMIUM_PATH names one.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { EMOJI_EPOCHS, EMOJI_TITLE, emojiKept, emojiMethods } from '../packages/recipes/src/index.ts';
import { keptSeeds, reportRuns } from '../packages/runs/src/index.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const PAGE = path.join(ROOT, 'docs/report.html');
const PICTURE = path.join(ROOT, 'docs/report.png');

/** Trains the three ways into a folder, and gives their report. */
const trained = (folder: string): string => {
  const bin = path.join(ROOT, 'packages/cli/bin/understory.js');
  const { status } = spawnSync(process.execPath, [bin, 'start', '--runs', folder], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  const [report] = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (file) => path.basename(file) === 'report.html',
  );
  if (status !== 0 || report === undefined) throw new Error('The runs ended without a report.');
  return path.join(folder, report);
};

/** The report of runs that were trained, which are called there what `npm start` calls them. */
const ofRuns = (runs: string, folder: string): Promise<string> => {
  const [first = '', ...others] = emojiMethods.map(({ label, config }) => {
    cpSync(path.join(runs, config.name ?? label), path.join(folder, label), { recursive: true });
    return path.join(folder, label);
  });
  return reportRuns({
    runs: [first, ...others],
    title: EMOJI_TITLE,
    command: `npm start -- --epochs ${EMOJI_EPOCHS} --seed 0`,
    kept: keptSeeds(emojiKept),
    say: console.warn,
  });
};

/** What the page needs of playwright-core, which is a dependency of packages/report. */
interface Chromium {
  launch(options: object): Promise<{
    newPage(options: object): Promise<{
      goto(url: string): Promise<unknown>;
      evaluate<T>(work: () => T): Promise<T>;
      screenshot(options: object): Promise<unknown>;
    }>;
    close(): Promise<void>;
  }>;
}

/** Shoots the part that says what the supervision did, down to its maps. */
const shoot = async (executablePath: string): Promise<void> => {
  const load = createRequire(path.join(ROOT, 'packages/report/package.json'));
  const { chromium } = load('playwright-core') as { chromium: Chromium };
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const page = await browser.newPage({ viewport: { width: 1070, height: 900 }, colorScheme: 'light' });
  await page.goto(pathToFileURL(PAGE).href);
  const [top = 0, end = 0] = await page.evaluate(() =>
    ['#stages h2', '#stages .maps'].map(
      (selector) => scrollY + (document.querySelector(selector)?.getBoundingClientRect().top ?? 0),
    ),
  );
  const clip = { x: 0, y: top - 20, width: 1070, height: end - top };
  await page.screenshot({ path: PICTURE, clip, fullPage: true });
  await browser.close();
};

const { values } = parseArgs({ options: { runs: { type: 'string' } } });
const folder = mkdtempSync(path.join(tmpdir(), 'understory-docs-'));
const report = values.runs === undefined ? trained(folder) : await ofRuns(values.runs, folder);
copyFileSync(report, PAGE);
rmSync(folder, { recursive: true });
const executablePath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
if (existsSync(executablePath)) await shoot(executablePath);
else
  console.warn(`No Chromium at ${executablePath}: docs/report.png is as it was. Set CHROMIUM_PATH to one.`);
