// Lays the pages of the site out in docs/site/pages, from the files of the repository: what VitePress then builds.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { objectives } from '../methods/made.ts';
import { ROOT, textOf } from '../pages.ts';
import { rewriteLinks } from './links.ts';
import { apiEntries, apiRoute, sidebar } from './sidebar.ts';
import { sitePages, type SitePage } from './sitePages.ts';

const SITE = path.join(ROOT, 'docs/site');
const PAGES = path.join(SITE, 'pages');

const write = (file: string, text: string): void => {
  mkdirSync(path.dirname(path.join(PAGES, file)), { recursive: true });
  writeFileSync(path.join(PAGES, file), text);
};

/** A block's file name, which GitHub hides, stands above it; VitePress would take it for something else. */
const withFileNames = (text: string): string =>
  text.replaceAll(
    /^```(\w+) ([\w./-]+)$/gm,
    (_, language: string, file: string) => `<p class="file">${file}</p>\n\n\`\`\`${language}`,
  );

/** The first page begins with what the home layout shows, in place of its own title. */
const withHome = (text: string): string =>
  `${readFileSync(path.join(SITE, 'home.yaml'), 'utf8').replace('METHODS', String(objectives.length))}\n${text.replace(/^# .*\n\n_[^_]*_\n/, '')}`;

const stagePage = ({ source, route }: SitePage): readonly string[] => {
  const { text, files } = rewriteLinks(source, withFileNames(textOf(source)));
  write(route, route === 'index.md' ? withHome(text) : text);
  return files;
};

rmSync(PAGES, { recursive: true, force: true });
const files = new Set(sitePages.flatMap(stagePage));
for (const file of files) cpSync(path.join(ROOT, file), path.join(PAGES, 'public/files', file));
cpSync(path.join(SITE, 'logo.svg'), path.join(PAGES, 'public/logo.svg'));
write('sidebar.json', JSON.stringify(sidebar()));
write('entries.json', JSON.stringify(apiEntries.map((entry) => ({ ...entry, route: apiRoute(entry) }))));
process.stdout.write(`${sitePages.length} pages, ${files.size} pictures, ${apiEntries.length} entries\n`);
