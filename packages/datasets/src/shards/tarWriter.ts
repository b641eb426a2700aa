import { BLOCK } from '../sources/tarHeader.ts';

const octal = (value: number, length: number): string => value.toString(8).padStart(length - 1, '0');

/** Longest name that a header holds, and largest file. */
const MAX_NAME = 100;
const MAX_SIZE = 8 ** 11;

/**
 * Header of a file in a tar (POSIX ustar): readable by all, of nobody, of no time, so that the same files make the same
 * bytes. Throws where a name or a size does not fit.
 */
export const tarFileHeader = (name: string, size: number): Uint8Array => {
  const block = Buffer.alloc(BLOCK);
  if (Buffer.byteLength(name) > MAX_NAME || size >= MAX_SIZE)
    throw new RangeError(`"${name}" of ${size} bytes does not fit into a tar header`);
  block.write(name, 0);
  block.write('0000644\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(`${octal(size, 12)}\0`, 124);
  block.write(`${octal(0, 12)}\0`, 136);
  block.write('        ', 148);
  block.write('0', 156);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((a, b) => a + b, 0);
  block.write(`${octal(sum, 7)}\0 `, 148);
  return block;
};

/** Zeros that fill a file up to whole blocks. */
export const tarPadding = (size: number): Uint8Array => new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);

/** The end mark of a tar. */
export const tarEnd = (): Uint8Array => new Uint8Array(2 * BLOCK);
