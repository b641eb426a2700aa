/**
 * Makes docs/report.html, the report that the README shows, and the picture of it: trains what `npm start` trains, in a folder of its
 * own, or takes the report of runs that were:
 *
 *   npm run docs:report -- [--report runs/emoji-cds/report.html]
 *
 * The picture needs Chromium; CHROMIUM_PATH names one.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

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
  const clip = await page.evaluate(() => {
    const top = (selector: string): number =>
      scrollY + (document.querySelector(selector)?.getBoundingClientRect().top ?? 0);
    const y = top('#stages h2') - 20;
    return { x: 0, y, width: innerWidth, height: top('#stages .maps') - 20 - y };
  });
  await page.screenshot({ path: PICTURE, clip, fullPage: true });
  await browser.close();
};

const { values } = parseArgs({ options: { report: { type: 'string' } } });
const folder = mkdtempSync(path.join(tmpdir(), 'understory-docs-'));
copyFileSync(values.report ?? trained(folder), PAGE);
rmSync(folder, { recursive: true });
const executablePath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
if (existsSync(executablePath)) await shoot(executablePath);
else
  console.warn(`No Chromium at ${executablePath}: docs/report.png is as it was. Set CHROMIUM_PATH to one.`);
