import { inflateSync } from 'node:zlib';
import { badAnnotation } from '../boxes/annotationText.ts';

/** Types of elements, as the format numbers them. */
export const TYPE = {
  int8: 1,
  utf8: 16,
  utf16: 17,
  uint32: 6,
  int32: 5,
  matrix: 14,
  compressed: 15,
} as const;

/** Bytes of a file, or of a part of it, with the order of bytes in its numbers. */
export interface Part {
  readonly bytes: Uint8Array;
  readonly isLittle: boolean;
}

/** One element: what its tag says, and its data. */
export interface Element extends Part {
  readonly type: number;
  /** Where the next element begins. */
  readonly next: number;
}

/** What reading may still take; a file of a few bytes may claim or unfold to any size. */
export interface Budget {
  bytes: number;
  matrices: number;
}

const TAG = 8;

export const viewOf = ({ bytes }: Part): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const padded = (size: number): number => Math.ceil(size / 8) * 8;

/** The element that begins at a place of a part. Errors: `bad-annotation`. */
export const elementAt = (part: Part, at: number): Element => {
  const { bytes, isLittle } = part;
  if (at + TAG > bytes.length) throw badAnnotation('it is cut off in an element; download it again');
  const view = viewOf(part);
  const word = view.getUint32(at, isLittle);
  // Four bytes and less lie in the tag itself.
  const short = word >>> 16;
  const [type, size, from] =
    short > 0 ? [word & 0xffff, short, at + 4] : [word, view.getUint32(at + 4, isLittle), at + TAG];
  if (short > 4 || from + size > bytes.length)
    throw badAnnotation(
      `an element claims ${size} bytes and it has ${bytes.length - from} more; download it again`,
    );
  const isPacked = short > 0 || type === TYPE.compressed;
  const next = short > 0 ? at + TAG : from + (isPacked ? size : padded(size));
  return { type, bytes: bytes.subarray(from, from + size), isLittle, next: Math.min(next, bytes.length) };
};

/** The element that a compressed one holds. Errors: `bad-annotation`. */
export const unfolded = ({ bytes, isLittle }: Element, budget: Budget): Element => {
  let inner: Uint8Array;
  try {
    inner = inflateSync(bytes, { maxOutputLength: Math.max(1, budget.bytes) });
  } catch (error) {
    const isBomb = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    throw badAnnotation(
      isBomb
        ? 'it unfolds to more than lists of images need'
        : `its compressed data is damaged (${error instanceof Error ? error.message : 'no reason given'}); download it again`,
      error,
    );
  }
  budget.bytes -= inner.length;
  return elementAt({ bytes: inner, isLittle }, 0);
};
