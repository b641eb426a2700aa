import type { LeftItem } from '../images/leftOut.ts';
import type { FileSource } from '../sources/fileSource.ts';
import { withArchives } from '../sources/openInside.ts';
import { openSource } from '../sources/openSource.ts';
import type { Links } from '../sources/walk.ts';
import { stemOf, type Published } from './listed.ts';
import type { ParsedListedOptions } from './options.ts';

const fileName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Why an archive stays closed; undefined where it is opened. */
type Closed = (path: string) => string | undefined;

const UNPACKED = 'archives that lie unpacked beside them';
const PACKED_TWICE = 'archives whose uncompressed tar lies beside them';

/** Which of the archives that a dataset knows are left closed, since the source holds their content otherwise too. */
const closedBy = (source: FileSource, archives: readonly Published[]): Closed => {
  const folders = new Set(source.folders);
  const files = new Set(source.files.map(({ path }) => path));
  const given = new Set(
    archives.filter(
      ({ gives }) => gives !== 'folder' && source.files.some(({ path }) => gives.test(`/${path}`)),
    ),
  );
  return (path) => {
    const one = archives.find(({ archive }) => archive.test(fileName(path)));
    if (!one) return undefined;
    const [stem, tar] = [stemOf(path), `${stemOf(path)}.tar`];
    if (one.gives === 'folder' ? folders.has(stem) : given.has(one)) return UNPACKED;
    return tar !== path && files.has(tar) ? PACKED_TWICE : undefined;
  };
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
  const closed = closedBy(source, archives);
  const left = source.files.flatMap(({ path }): LeftItem[] => {
    const reason = closed(path);
    return reason === undefined ? [] : [{ reason, example: path }];
  });
  const opens = (path: string): boolean =>
    archives.some(({ archive }) => archive.test(fileName(path))) && closed(path) === undefined;
  return { source: await withArchives(source, opens, links), left };
};

/** Opens what the option `root` names. */
export const openRoot =
  (archives: readonly Published[]) =>
  ({ root, links }: Pick<ParsedListedOptions, 'root' | 'links'>): Promise<OpenedLists> =>
    openListed(root, archives, links);
