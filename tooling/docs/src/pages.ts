import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const ROOT = path.resolve(import.meta.dirname, '../../..');

/** Folders whose Markdown is nobody's documentation, or is made of what lies elsewhere. */
const LEFT = new Set([
  'node_modules',
  'dist',
  'vendor',
  'runs',
  'testdata',
  '.git',
  '.turbo',
  '.changeset',
  'pages',
]);

const pagesIn = (folder: string): readonly string[] =>
  readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const file = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) return LEFT.has(entry.name) ? [] : pagesIn(file);
    return entry.name.endsWith('.md') ? [file] : [];
  });

/** Every Markdown file of the repository, by its path from the root. */
export const markdownPages = (): readonly string[] => pagesIn('.');

export const textOf = (page: string): string => readFileSync(path.join(ROOT, page), 'utf8');

/** A page without its fenced blocks. */
export const unfenced = (text: string): string => text.replace(/^```.*?^```/gms, '');

/** Code holds brackets that are no links. */
const proseOf = (text: string): string => unfenced(text).replace(/`[^`\n]*`/g, '');

/** The links of a page that lead within the repository. */
export const linksOf = (text: string): readonly string[] =>
  [...proseOf(text).matchAll(/\]\(([^()\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link));
