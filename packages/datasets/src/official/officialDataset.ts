import type { SplitName } from '@understory/core';

/** By what a file is known to be the one that its authors gave out. */
export interface Digest {
  readonly algorithm: 'md5' | 'sha256';
  /** Lower case, hexadecimal. */
  readonly hex: string;
  /** Whoever published it: not all authors do. */
  readonly from: string;
}

/**
 * `gunzip`: a .tgz becomes a .tar, which is read in place. `unpackInto`: what it holds is written into a folder; '' is the
 * dataset's own.
 */
export type Preparation = 'gunzip' | { readonly unpackInto: string };

/** A file of a dataset, as its authors give it out. */
export interface OfficialFile {
  readonly name: string;
  readonly url: string;
  readonly bytes: number;
  readonly digest: Digest;
  /** What is done to it once it is whole, where its plugin cannot read it as it is, or would hold all of it in memory. */
  readonly then?: Preparation;
}

/** How many images of each split there are; none of those that are not named. */
export type Counts = Readonly<Partial<Record<SplitName, number>>>;

/** What is published of a dataset: where it is to be had, on which terms, and how many images it has. */
export interface OfficialDataset {
  readonly name: string;
  readonly title: string;
  readonly page: string;
  /** Licence, or what its authors say of its use. */
  readonly terms: string;
  readonly files: readonly OfficialFile[];
  /** Why the files cannot be had from their addresses, and where else they are: two sentences, the last without its stop. */
  readonly unavailable?: string;
  /** What the plugin's `root` is, from the folder that the files lie in: a file of them, or a folder; '' is that folder. */
  readonly root: string;
  /** The plugin that reads it, and what its options are besides `root`. */
  readonly plugin: string;
  readonly options?: Readonly<Record<string, unknown>>;
  /** How many classes, of each of the ways in which its authors divide it, the usual one first. */
  readonly classes: readonly number[];
  readonly images: Counts;
  /** Images of each class, where all have as many. */
  readonly perClass?: Counts;
  /** What everybody should know who reports numbers. */
  readonly note?: string;
}
