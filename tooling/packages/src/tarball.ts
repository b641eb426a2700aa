import { list, type ReadEntry } from 'tar';
import type { Manifest } from './workspace.ts';

/** Texts of those files of a tarball that `wanted` picks, by their path in the package; the others are empty. */
export const filesIn = async (
  file: string,
  wanted: (name: string) => boolean,
): Promise<ReadonlyMap<string, string>> => {
  const texts = new Map<string, string>();
  await list({
    file,
    onReadEntry: (entry: ReadEntry) => {
      const name = entry.path.replace(/^package\//, '');
      texts.set(name, '');
      if (wanted(name))
        entry.on('data', (chunk: Buffer) => texts.set(name, `${texts.get(name) ?? ''}${chunk.toString()}`));
    },
  });
  return texts;
};

/** The manifest as it is published: versions in place of `workspace:` and `catalog:`. */
export const manifestIn = async (file: string): Promise<Manifest> => {
  const texts = await filesIn(file, (name) => name === 'package.json');
  return JSON.parse(texts.get('package.json') ?? '') as Manifest;
};
