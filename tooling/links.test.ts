import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');
const LEFT = new Set(['node_modules', 'dist', 'vendor', 'runs', 'testdata', '.git', '.turbo', '.changeset']);
const pagesIn = (folder: string): readonly string[] =>
  readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const file = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) return LEFT.has(entry.name) ? [] : pagesIn(file);
    return entry.name.endsWith('.md') ? [file] : [];
  });
const pages = pagesIn('.');

const textOf = (file: string): string => readFileSync(path.join(root, file), 'utf8');
/** Code holds brackets that are no links. */
const proseOf = (file: string): string =>
  textOf(file)
    .replace(/^```.*?^```/gms, '')
    .replace(/`[^`\n]*`/g, '');

/** How GitHub names a heading in an address. */
const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
    .replaceAll(' ', '-');

const anchorsOf = (file: string): readonly string[] =>
  [
    ...textOf(file)
      .replace(/^```.*?^```/gms, '')
      .matchAll(/^#{1,6} (.*)$/gm),
  ].map(([, heading = '']) => anchorOf(heading));

const linksOf = (file: string): readonly string[] =>
  [...proseOf(file).matchAll(/\]\(([^()\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link));

/** Why a link leads nowhere. */
const faultOf = (page: string, link: string): string | undefined => {
  const [to = '', anchor] = link.split('#');
  const target = to === '' ? page : path.posix.join(path.posix.dirname(page), to);
  if (target.startsWith('..') || !existsSync(path.join(root, target)))
    return `${link}: there is no ${target}`;
  if (anchor === undefined || !target.endsWith('.md')) return undefined;
  return anchorsOf(target).includes(anchor) ? undefined : `${link}: ${target} has no such heading`;
};

it('finds the pages', () => {
  expect(pages).toContain('README.md');
  expect(pages).toContain('packages/core/README.md');
});

describe.each(pages)('%s', (page) => {
  it('has links that lead somewhere', () => {
    expect(linksOf(page).flatMap((link) => faultOf(page, link) ?? [])).toEqual([]);
  });
});
