import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { anchorOf } from './docs/src/anchors.ts';
import { linksOf, markdownPages, ROOT, textOf, unfenced } from './docs/src/pages.ts';

const pages = markdownPages();

const anchorsOf = (file: string): readonly string[] =>
  [...unfenced(textOf(file)).matchAll(/^#{1,6} (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));

/** Why a link leads nowhere. */
const faultOf = (page: string, link: string): string | undefined => {
  const [to = '', anchor] = link.split('#');
  const target = to === '' ? page : path.posix.join(path.posix.dirname(page), to);
  if (target.startsWith('..') || !existsSync(path.join(ROOT, target)))
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
    expect(linksOf(textOf(page)).flatMap((link) => faultOf(page, link) ?? [])).toEqual([]);
  });
});
