import type { LeftItem } from '../../images/leftOut.ts';
import { joinedSource, type SourcePart } from '../../sources/joinedSource.ts';
import { published } from '../listed.ts';
import { openListed, type OpenedLists } from '../openListed.ts';
import type { ParsedImagenetOptions } from './options.ts';
import { APART } from './pictures.ts';

const ARCHIVES = [
  published('ILSVRC2012_img_train', /\/n\d{8}\/n\d{8}_\d+\.jpe?g$/i),
  published('ILSVRC2012_img_val', /\/ILSVRC2012_val_\d+\.jpe?g$/i),
  published('ILSVRC2012_devkit_t12', /\/meta\.mat$/),
  published(String.raw`n\d{8}`, 'folder'),
];

/** Everything that the options name, as one source. Errors: `bad-dataset`, `bad-archive`. */
export const openImagenet = async (options: ParsedImagenetOptions): Promise<OpenedLists> => {
  const { root, validationImages, devkit, links } = options;
  const parts: SourcePart[] = [];
  const left: LeftItem[] = [];
  const add = async (path: string | undefined, folder: string): Promise<void> => {
    if (path === undefined) return;
    const opened = await openListed(path, ARCHIVES, links);
    parts.push({ folder, source: opened.source });
    left.push(...opened.left);
  };
  try {
    await add(root, '');
    await add(validationImages, APART);
    await add(devkit, 'devkit');
  } catch (error) {
    await Promise.all(parts.map(({ source }) => source.close()));
    throw error;
  }
  const [only] = parts;
  return { source: only && parts.length === 1 ? only.source : joinedSource(root, parts), left };
};
