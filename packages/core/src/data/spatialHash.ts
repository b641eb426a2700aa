import type { Samples } from '../contracts/dataset.ts';
import { crc32c } from '../formats/crc32.ts';
import { addWords, hexOf, nameHash, type Words } from './nameHash.ts';
import { isSpatial } from './view.ts';

/** Samples whose maps and boxes are looked at: to read all of them would take as long as an epoch's reading. */
const LOOKED_AT = 64;

/** The positions with the smallest hashes: the same samples wherever they stand. */
const smallest = (hashes: readonly Words[]): number[] => {
  const keys = hashes.map(hexOf);
  return keys
    .map((_, i) => i)
    .sort((a, b) => (keys[a]! < keys[b]! ? -1 : keys[a]! > keys[b]! ? 1 : a - b))
    .slice(0, LOOKED_AT);
};

/** Hash of what maps and boxes of some samples hold, whatever their order; nothing where there are none. `hashes` are of the samples' names. */
export const spatialHash = async (samples: Samples, hashes: readonly Words[]): Promise<Words | undefined> => {
  const spatial = Object.keys(samples.targets).filter((name) => isSpatial(samples.targets[name]!.kind));
  if (spatial.length === 0) return undefined;
  let all: Words = [0, 0];
  for (const position of smallest(hashes)) {
    const targets = await samples.readTargets([position]);
    for (const name of spatial) {
      const { data } = targets[name]!;
      const sum = crc32c(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      all = addWords(all, nameHash(`${hexOf(hashes[position]!)} ${name} ${sum}`));
    }
  }
  return all;
};
