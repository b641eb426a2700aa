import type { ImageFile } from './findImages.ts';

/** A folder of a source with what it holds. */
export interface Folder {
  readonly name: string;
  /** From the source's root; empty for the root itself. */
  readonly path: string;
  readonly folders: Map<string, Folder>;
  /** Images directly in it. */
  readonly images: ImageFile[];
  /** Images in it and below it. */
  count: number;
  /** Whether no file at all is in it or below it. */
  isEmpty: boolean;
}

const makeFolder = (name: string, path: string): Folder => ({
  name,
  path,
  folders: new Map(),
  images: [],
  count: 0,
  isEmpty: true,
});

/** The folders on the way to a path, from the root on; makes those that are missing. */
const foldersAlong = (root: Folder, parts: readonly string[]): Folder[] => {
  const along = [root];
  for (const name of parts) {
    const parent = along.at(-1)!;
    const path = parent.path === '' ? name : `${parent.path}/${name}`;
    const folder = parent.folders.get(name) ?? makeFolder(name, path);
    parent.folders.set(name, folder);
    along.push(folder);
  }
  return along;
};

export interface Listing {
  readonly folders: readonly string[];
  readonly images: readonly ImageFile[];
  /** Paths of files that are no images. */
  readonly others: readonly string[];
}

/** Builds the tree of a source's folders. */
export const folderTree = ({ folders, images, others }: Listing): Folder => {
  const root = makeFolder('', '');
  const known = new Map<string, Folder[]>();
  /** The folders that a file lies in; most files share theirs with many. */
  const foldersAbove = (path: string): Folder[] => {
    const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    const along = known.get(parent) ?? foldersAlong(root, parent === '' ? [] : parent.split('/'));
    known.set(parent, along);
    return along;
  };
  for (const path of folders) foldersAlong(root, path.split('/'));
  for (const image of images) {
    const along = foldersAbove(image.path);
    along.at(-1)!.images.push(image);
    for (const folder of along) {
      folder.count++;
      folder.isEmpty = false;
    }
  }
  for (const path of others) for (const folder of foldersAbove(path)) folder.isEmpty = false;
  return root;
};

/** Folders that may mean something: those with images, and empty ones. What holds other files alone does not. */
export const childrenOf = (folder: Folder): Folder[] =>
  [...folder.folders.values()].filter(({ count, isEmpty }) => count > 0 || isEmpty);

/** All images in a folder and below it, in the source's order. */
export const imagesIn = (folder: Folder): ImageFile[] => {
  const below = [...folder.folders.values()].flatMap(imagesIn);
  return [...folder.images, ...below].sort((a, b) => a.index - b.index);
};

/** The one folder that a folder wraps and that holds folders in its turn, as archives of a whole folder have it. */
export const wrapped = (folder: Folder): Folder | undefined => {
  const children = childrenOf(folder);
  const [only] = children;
  if (!only || children.length > 1 || only.images.length > 0) return undefined;
  return childrenOf(only).some(({ count }) => count > 0) ? only : undefined;
};

/** Goes down through folders that only wrap others. */
export const unwrap = (folder: Folder): Folder => {
  const inner = wrapped(folder);
  return inner ? unwrap(inner) : folder;
};

export const folderAt = (root: Folder, path: string): Folder | undefined => {
  let folder: Folder | undefined = root;
  for (const name of path.split('/').filter((part) => part !== '' && part !== '.'))
    folder = folder?.folders.get(name);
  return folder;
};
