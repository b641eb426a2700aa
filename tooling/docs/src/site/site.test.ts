import { expect, it } from 'vitest';
import { objectives, pageOf } from '../methods/made.ts';
import { markdownPages, textOf } from '../pages.ts';
import { rewriteLinks } from './links.ts';
import { apiEntries, apiRoute, sidebar } from './sidebar.ts';
import { addressOf, isThere, sitePages } from './sitePages.ts';

const groups = Object.values(sidebar()).flat();
const shown = groups.flatMap(({ items }) => items.map(({ link }) => link));
const addresses = [...sitePages.map(({ route }) => route), ...apiEntries.map(apiRoute)].map(addressOf);

it('every page of the sidebar exists, and every page stands in it', () => {
  expect(shown.length).toBeGreaterThan(120);
  expect(shown.filter((link) => !addresses.includes(link))).toEqual([]);
  expect(addresses.filter((address) => !shown.includes(address))).toEqual([]);
  expect(groups.filter(({ items }) => items.length === 0)).toEqual([]);
});

it('every page of the repository stands in the site, but what a release or a form wrote, and names of binaries', () => {
  const left = markdownPages().filter((file) => !sitePages.some(({ source }) => source === file));
  expect(
    left.filter((file) => !/CHANGELOG\.md$|^\.github\/|^packages\/engine\/platforms\//.test(file)),
  ).toEqual([]);
});

it('every method of the registry has a page there, and every entry of a package its source', () => {
  const sources = sitePages.map(({ source }) => source);
  expect(objectives.filter(({ name }) => !sources.includes(pageOf(name)))).toEqual([]);
  expect(apiEntries.filter(({ source }) => !isThere(source))).toEqual([]);
});

it('links lead to pages of the site, to pictures that are carried along, or nowhere', () => {
  const { text, files } = rewriteLinks(
    'packages/losses/README.md',
    'See [core](../core), [notes](../../ARCHITECTURE.md#layers), [![a](../../docs/report.png)](../../docs/report.html), [code](src/index.ts), [web](https://a.b/), [here](#use), `[x](y)`.',
  );
  expect(text).toBe(
    'See [core](/packages/core), [notes](/project/architecture#layers), [![a](/files/docs/report.png)](/files/docs/report.html){target="_self"}, code, [web](https://a.b/), [here](#use), `[x](y)`.',
  );
  expect(files.toSorted()).toEqual(['docs/report.html', 'docs/report.png']);
});

it('no link of a page is left that only the repository has', () => {
  const left = sitePages.flatMap(({ source }) =>
    [
      ...rewriteLinks(source, textOf(source))
        .text.replaceAll(/```[^]*?```|`[^`\n]+`/g, '')
        .matchAll(/\]\(([^()\s]+)\)/g),
    ]
      .map(([, link = '']) => link)
      .filter(
        (link) =>
          !/^(https?:|mailto:|#|\/files\/)/.test(link) && !addresses.includes(link.split('#')[0] ?? ''),
      )
      .map((link) => `${source}: ${link}`),
  );
  expect(left).toEqual([]);
});
