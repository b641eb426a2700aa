import {
  decodeSafetensors,
  int32,
  safetensorsParts,
  uint8,
  UnderstoryError,
  type LeftOut,
  type NdArrays,
} from '@understory/core';
import { z } from 'zod';
import { MAX_ENCODED } from '../sources/fileSource.ts';
import { BLOCK } from '../sources/tarHeader.ts';

/** Samples of one reason, with the first names. */
export type Counted = Omit<LeftOut, 'className'>;

/**
 * Where the samples of a shard lie, in columns: 16 bytes a sample and its name, whatever there is of them. Blocks of 512
 * bytes, which is what tars are made of, so that 32 bits reach a terabyte.
 */
export interface ShardIndex {
  /** Block at which each image begins [N]. */
  readonly blocks: Int32Array;
  /** Bytes of each image [N]. */
  readonly lengths: Int32Array;
  /** Each sample's label, as its number in `words` [N]. */
  readonly labels: Int32Array;
  /** Names of the image files, UTF-8, one behind the other. */
  readonly names: Uint8Array;
  /** Where each name ends [N]. */
  readonly nameEnds: Int32Array;
  /** Labels that there are: numbers of classes in digits, or names. */
  readonly words: readonly string[];
  /** What is no sample. */
  readonly leftOut: readonly Counted[];
  /** Samples that cannot be used. */
  readonly faults: readonly Counted[];
}

const FORMAT = 'understory-shard-1';
const count = z.int().min(0);
const counted = z.array(
  z.strictObject({ reason: z.string(), count, examples: z.array(z.string()).max(3) }).readonly(),
);
const About = z.strictObject({
  /** Bytes of the shard. */
  bytes: count,
  /** What was asked of its samples. */
  asks: z.string(),
  /** Of an index that does not lie beside its shard: the shard's size and time. */
  stamp: z.string().optional(),
  words: z.array(z.string()),
  leftOut: counted,
  faults: counted,
});

/** Which file an index is of, and for what. */
export interface IndexedFile {
  /** Bytes of the shard. */
  readonly bytes: number;
  readonly asks: string;
  /** Changes when the shard does; none where a copy of the shard is the same to it. */
  readonly stamp?: string | undefined;
}

const refuse = (why: string): never => {
  throw new UnderstoryError('bad-index', why);
};

export const encodeIndex = (index: ShardIndex, file: IndexedFile): readonly Uint8Array[] => {
  const { blocks, lengths, labels, names, nameEnds, words, leftOut, faults } = index;
  const of = (data: Int32Array) => int32(data, [data.length]);
  return safetensorsParts(
    {
      blocks: of(blocks),
      lengths: of(lengths),
      labels: of(labels),
      nameEnds: of(nameEnds),
      names: uint8(names, [names.length]),
    },
    { format: FORMAT, about: JSON.stringify({ ...file, words, leftOut, faults }) },
  );
};

const column = <T extends Int32Array | Uint8Array>(
  tensors: NdArrays,
  name: string,
  isKind: (data: unknown) => data is T,
): T => {
  const data = tensors[name]?.data;
  return isKind(data) ? data : refuse(`it has no column "${name}"`);
};
const isInt32 = (data: unknown): data is Int32Array => data instanceof Int32Array;
const isBytes = (data: unknown): data is Uint8Array => data instanceof Uint8Array;

/** Whether every sample lies in the shard, and has a name and a label that are there. */
const isSound = (index: ShardIndex, bytes: number): boolean => {
  const { blocks, lengths, labels, nameEnds, names, words } = index;
  const n = blocks.length;
  if (lengths.length !== n || labels.length !== n || nameEnds.length !== n) return false;
  for (let i = 0, named = 0; i < n; named = nameEnds[i++]!) {
    const [block, length, label] = [blocks[i]!, lengths[i]!, labels[i]!];
    if (!(block > 0 && length > 0 && length <= MAX_ENCODED && block * BLOCK + length <= bytes)) return false;
    if (!(label >= 0 && label < words.length && nameEnds[i]! > named)) return false;
  }
  return names.length === (nameEnds[n - 1] ?? 0);
};

const aboutOf = (text: string | undefined): z.output<typeof About> => {
  try {
    return About.parse(JSON.parse(text ?? ''));
  } catch {
    return refuse('what it says of itself is damaged');
  }
};

/** An index and what it is of. Errors: `bad-index`, `bad-safetensors`: what it says is checked whole, not believed. */
export const decodeIndex = (
  bytes: Uint8Array,
): { readonly index: ShardIndex; readonly file: IndexedFile } => {
  const { tensors, metadata } = decodeSafetensors(bytes);
  if (metadata['format'] !== FORMAT) refuse('it is no index of a shard');
  const { bytes: size, asks, stamp, ...about } = aboutOf(metadata['about']);
  const index: ShardIndex = {
    blocks: column(tensors, 'blocks', isInt32),
    lengths: column(tensors, 'lengths', isInt32),
    labels: column(tensors, 'labels', isInt32),
    nameEnds: column(tensors, 'nameEnds', isInt32),
    names: column(tensors, 'names', isBytes),
    ...about,
  };
  if (!isSound(index, size)) refuse('its numbers do not fit together');
  return { index, file: { bytes: size, asks, stamp } };
};
