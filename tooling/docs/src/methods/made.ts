import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { OBJECTIVE, type AnyPlugin } from '@understory/core';
import { defaultPlugins } from '@understory/recipes';
import { keptTables, pocketRows } from '@understory/runs';
import { ROOT, textOf } from '../pages.ts';
import { listPart, lookOf, methodParts, withParts } from './methodPages.ts';
import { methodPicture } from './picture.ts';

const FOLDER = 'docs/methods';

/** Every objective that the packages bring. */
export const objectives: readonly AnyPlugin[] = defaultPlugins.filter(
  ({ token }) => token.key === OBJECTIVE.key,
);

export const pageOf = (name: string): string => `${FOLDER}/${name}.md`;

const titleOf = (name: string): string => /^# (.*)$/m.exec(textOf(pageOf(name)))?.[1] ?? name;

/** What each objective reached, from the kept results of the pocket tables. */
export const reachedBy = async (): Promise<ReturnType<typeof pocketRows>> =>
  pocketRows(await keptTables(path.join(ROOT, 'results')));

const read = (page: string): string => {
  if (!existsSync(path.join(ROOT, page)))
    throw new Error(
      `${page} is missing: every objective has a page. Begin it as a copy of ${pageOf('cross-entropy')}.`,
    );
  return readFileSync(path.join(ROOT, page), 'utf8');
};

/** Every page and picture of `docs/methods` as it should be, by its path. */
export const madeMethods = async (): Promise<ReadonlyMap<string, string>> => {
  const [reached, results] = [await reachedBy(), textOf('RESULTS.md')];
  const pages = objectives.flatMap((plugin): (readonly [string, string])[] => {
    const parts = methodParts(plugin, reached.get(plugin.name) ?? [], results);
    const picture = methodPicture(lookOf(plugin.name));
    return [
      [pageOf(plugin.name), withParts(read(pageOf(plugin.name)), parts)],
      [`${FOLDER}/pictures/${plugin.name}.svg`, picture],
    ];
  });
  const first = `${FOLDER}/README.md`;
  return new Map([...pages, [first, withParts(read(first), { list: listPart(objectives, titleOf) })]]);
};
