import { existsSync } from 'node:fs';
import path from 'node:path';
import { markdownPages, ROOT, textOf } from '../pages.ts';

/** A page of the site: the file of the repository that it is, and where it stands. */
export interface SitePage {
  readonly source: string;
  /** `guide/plugins.md`, from the top of the site. */
  readonly route: string;
  readonly title: string;
}

/** Where a page's file stands in the site; the first rule that fits counts. */
const ROUTES: readonly (readonly [file: RegExp, route: string])[] = [
  [/^README\.md$/, 'index.md'],
  [/^docs\/(methods|losses)\/README\.md$/, '$1/index.md'],
  [/^docs\/(guide|losses|methods|plugins)\/(.+)\.md$/, '$1/$2.md'],
  [/^(packages|examples)\/([^/]+)\/README\.md$/, '$1/$2.md'],
  [/^RESULTS\.md$/, 'results/index.md'],
  [/^results\/README\.md$/, 'results/kept.md'],
  [/^benchmarks\/README\.md$/, 'benchmarks/index.md'],
  [/^benchmarks\/([^/]+)\/README\.md$/, 'benchmarks/$1.md'],
  [/^(ARCHITECTURE|CONTRIBUTING|SECURITY|CODE_OF_CONDUCT)\.md$/, 'project/$1.md'],
];

const routeOf = (source: string): string | undefined => {
  const rule = ROUTES.find(([file]) => file.test(source));
  return rule && source.replace(rule[0], rule[1]).toLowerCase();
};

/** The first heading, without the marks of code. */
const titleOf = (source: string): string =>
  (/^# (.*)$/m.exec(textOf(source))?.[1] ?? source).replaceAll('`', '');

/** Every page of the repository that the site shows. */
export const sitePages: readonly SitePage[] = markdownPages().flatMap((source) => {
  const route = routeOf(source);
  return route === undefined ? [] : [{ source, route, title: titleOf(source) }];
});

const bySource = new Map(sitePages.map((page) => [page.source, page]));

/** The page that a path of the repository is: a file, or a folder's README. */
export const pageAt = (target: string): SitePage | undefined =>
  bySource.get(target) ?? bySource.get(path.posix.join(target, 'README.md'));

export const isThere = (target: string): boolean => existsSync(path.join(ROOT, target));

/** What a route is called in an address. */
export const addressOf = (route: string): string =>
  `/${route.replace(/(^|\/)index\.md$/, '$1').replace(/\.md$/, '')}`;
