import type { LeftItem } from '../images/leftOut.ts';
import type { FileSource } from '../sources/fileSource.ts';
import { withArchives } from '../sources/openInside.ts';
import { openSource } from '../sources/openSource.ts';
import type { Links } from '../sources/walk.ts';
import { stemOf, type Published } from './listed.ts';
import type { ParsedListedOptions } from './options.ts';

const fileName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Whether what an archive gives lies in the source already, unpacked. */
const unpackedBy = (
  source: FileSource,
  archives: readonly Published[],
): ((one: Published, path: string) => boolean) => {
  const folders = new Set(source.folders.map(fileName));
  const given = new Set(
    archives.filter(
      ({ gives }) => gives !== 'folder' && source.files.some(({ path }) => gives.test(`/${path}`)),
    ),
  );
  return (one, path) => (one.gives === 'folder' ? folders.has(stemOf(path)) : given.has(one));
};

export interface OpenedLists {
  readonly source: FileSource;
  readonly left: readonly LeftItem[];
}

/**
 * Opens a dataset in the form in which it is published: its archives, beside each other in a folder too, stand open as if they
 * were unpacked. One that was unpacked beside itself is left closed, and told. Errors: `bad-dataset`, `bad-archive`.
 */
export const openListed = async (
  root: string,
  archives: readonly Published[],
  links: Links,
): Promise<OpenedLists> => {
  const source = await openSource(root, links);
  const known = unpackedBy(source, archives);
  const isUnpacked = (path: string): boolean | undefined => {
    const one = archives.find(({ archive }) => archive.test(fileName(path)));
    return one && known(one, path);
  };
  const left = source.files.flatMap(({ path }): LeftItem[] =>
    isUnpacked(path) === true ? [{ reason: 'archives that lie unpacked beside them', example: path }] : [],
  );
  const opens = (path: string): boolean => isUnpacked(path) === false;
  return { source: await withArchives(source, opens, links), left };
};

/** Opens what the option `root` names. */
export const openRoot =
  (archives: readonly Published[]) =>
  ({ root, links }: Pick<ParsedListedOptions, 'root' | 'links'>): Promise<OpenedLists> =>
    openListed(root, archives, links);
