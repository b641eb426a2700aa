import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { LeftOut, SplitName } from '@understory/core';
import { badDataset, shortNames, shortPath, unopened } from '../errors.ts';
import { splitOfName } from '../images/names.ts';
import { folderSource } from '../sources/folderSource.ts';
import { expandBraces } from './braces.ts';
import { counter } from './counts.ts';
import type { ParsedShardsOptions } from './options.ts';

/** A shard among others. */
export interface Shard {
  /** Where it lies. */
  readonly file: string;
  /** Its name from the root, for people. */
  readonly name: string;
  readonly split: SplitName | 'all';
}

export interface FoundShards {
  /** Where `manifest.json` lies, if it does. */
  readonly folder: string;
  readonly shards: readonly Shard[];
  readonly leftOut: readonly LeftOut[];
}

const COMPRESSED = /\.(tar\.(gz|bz2|xz|zst)|tgz)$/i;
/** What `data pack` writes beside shards. */
const OWN = /(\.tar\.index|(^|\/)manifest\.json)$/;

/** The split that a shard's own name speaks of, or else the folder that it lies in, the innermost first. */
const splitOf = (name: string): ReturnType<typeof splitOfName> => {
  const words = name
    .replace(/\.tar$/i, '')
    .split('/')
    .reverse();
  return words.map((word) => splitOfName(word)).find((found) => found !== undefined);
};

const kindOf = async (place: string): Promise<'folder' | 'file'> => {
  try {
    return (await stat(place)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    throw unopened(place, error);
  }
};

interface Listing {
  /** Names of shards from the folder, in order. */
  readonly names: readonly string[];
  readonly leftOut: readonly LeftOut[];
}

/** The shards in a folder, at any depth. Errors: `bad-dataset`. */
const listFolder = async (folder: string): Promise<Listing> => {
  const { files, leftOut } = await folderSource(folder, 'follow');
  const left = counter();
  for (const { path: name, reason } of leftOut) left.add(reason, name);
  const names: string[] = [];
  for (const { path: name, fault } of files) {
    if (COMPRESSED.test(name))
      throw badDataset(
        folder,
        `${shortPath(name)} is compressed, and samples of it cannot be reached one by one. Uncompress it to a .tar`,
      );
    if (/\.tar$/i.test(name)) {
      if (fault !== undefined) throw badDataset(folder, `its shard ${shortPath(name)} is ${fault}`);
      names.push(name);
    } else if (!OWN.test(name)) left.add('no tar shard', name);
  }
  return { names: names.sort(), leftOut: left.end() };
};

/** Files that patterns stand for; a folder stands for the shards in it. */
const expand = async (folder: string, patterns: readonly string[]): Promise<Listing> => {
  const names: string[] = [];
  const leftOut: LeftOut[] = [];
  for (const name of patterns.flatMap(expandBraces)) {
    const place = path.resolve(folder, name);
    if ((await kindOf(place)) === 'file') names.push(name);
    else {
      const inside = await listFolder(place);
      names.push(...inside.names.map((one) => path.posix.join(name, one)));
      leftOut.push(...inside.leftOut);
    }
  }
  return { names, leftOut };
};

const unclear = (root: string, names: readonly string[], what: string): Error =>
  badDataset(
    root,
    `${what}: ${shortNames(names)}. splits: { train: "train-{000..059}.tar" } says which are which`,
  );

/** Puts shards into splits by their names: all of them, or none. Errors: `bad-dataset`. */
const bySplit = (root: string, names: readonly string[]): [string, Shard['split']][] => {
  const found = names.map((name) => splitOf(name)?.split);
  if (found.every((split) => split === undefined)) return names.map((name) => [name, 'all']);
  const without = names.filter((_, i) => found[i] === undefined || found[i] === 'unlabelled');
  if (without.length > 0)
    throw unclear(
      root,
      without,
      'some shards are named like a split, and these like none of train, validation and test',
    );
  if (!found.includes('train')) throw unclear(root, names, 'no shard is named to train on');
  return names.map((name, i) => [name, found[i] as SplitName]);
};

/** Errors: `bad-dataset` where a file would be a shard twice: its images would be in two splits. */
const checkOnce = async (root: string, shards: readonly Shard[]): Promise<void> => {
  const seen = new Map<string, string>();
  for (const { file, name } of shards) {
    const place = await realpath(file);
    const before = seen.get(place);
    if (before !== undefined) throw badDataset(root, `${shortNames([before, name])} are the same shard`);
    seen.set(place, name);
  }
};

const listOf = (patterns: string | readonly string[] | undefined): readonly string[] =>
  typeof patterns === 'string' ? [patterns] : (patterns ?? []);

/** What the root stands for: a folder, or files that one folder holds. */
const openRoot = async (
  root: string,
): Promise<{ readonly folder: string; readonly all: () => Promise<Listing> }> => {
  if (!/[{}]/.test(root) && (await kindOf(root)) === 'folder')
    return { folder: root, all: () => listFolder(root) };
  const cut = root.slice(0, /\{/.exec(root)?.index ?? root.length).lastIndexOf('/');
  const folder = cut < 0 ? '.' : root.slice(0, cut) || '/';
  return { folder, all: () => expand(folder, [root.slice(cut + 1)]) };
};

/** Finds shards and which split each is of. Errors: `bad-dataset`, `bad-option`. */
export const findShards = async ({ root, splits }: ParsedShardsOptions): Promise<FoundShards> => {
  const { folder, all } = await openRoot(root);
  const named: [string, Shard['split']][] = [];
  const leftOut: LeftOut[] = [];
  if (typeof splits === 'string') {
    const listing = await all();
    leftOut.push(...listing.leftOut);
    named.push(
      ...(splits === 'auto'
        ? bySplit(root, listing.names)
        : listing.names.map((name): [string, 'all'] => [name, 'all'])),
    );
  } else
    for (const split of ['train', 'validation', 'test'] as const) {
      const listing = await expand(folder, listOf(splits[split]));
      leftOut.push(...listing.leftOut);
      named.push(...listing.names.map((name): [string, SplitName] => [name, split]));
    }
  const shards = named.map(([name, split]) => ({ name, split, file: path.resolve(folder, name) }));
  if (shards.length === 0)
    throw badDataset(root, 'there is no tar shard in it. The dataset "images" reads class folders');
  await checkOnce(root, shards);
  return { folder, shards, leftOut };
};
