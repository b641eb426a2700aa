import { crc32c } from './crc32.ts';
import { turns } from '../turn.ts';

/** Bytes between two looks at the clock: a few ms. */
const PIECE = 2 * 1024 * 1024;

const digits = (crc: number): string => crc.toString(16).padStart(8, '0');

/** What stands for a checksum while it is computed. */
export const NO_CHECKSUM = digits(0);

/** How the header of a safetensors file writes it, up to its digits; quotes inside of other values are escaped. */
const KEY = new TextEncoder().encode('"checksum":"');

/** Where the checksum's digits begin in a file's first bytes; -1 where there are none. */
const placeOf = (head: Uint8Array): number => {
  for (let at = head.indexOf(KEY[0]!); at >= 0; at = head.indexOf(KEY[0]!, at + 1))
    if (KEY.every((byte, i) => head[at + i] === byte)) return at + KEY.length;
  return -1;
};

/** Writes the CRC-32C of all parts into the first one, in the place of `NO_CHECKSUM`. Lets other things happen meanwhile. */
export const seal = async (parts: readonly Uint8Array[]): Promise<void> => {
  const turn = turns();
  let crc = 0;
  for (const part of parts) {
    for (let at = 0; at < part.length; at += PIECE) {
      crc = crc32c(part.subarray(at, at + PIECE), crc);
      await turn();
    }
  }
  const [head] = parts;
  head!.set(new TextEncoder().encode(digits(crc)), placeOf(head!));
};

/** Whether a file's checksum is that of its bytes; undefined where it has none. */
export const isSound = (bytes: Uint8Array): boolean | undefined => {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  const head = bytes.subarray(0, 8 + length);
  const at = placeOf(head);
  if (at < 0) return undefined;
  const end = at + NO_CHECKSUM.length;
  const before = crc32c(new TextEncoder().encode(NO_CHECKSUM), crc32c(head.subarray(0, at)));
  const found = new TextDecoder().decode(Uint8Array.from(bytes.subarray(at, end)));
  return found === digits(crc32c(bytes.subarray(end), before));
};
