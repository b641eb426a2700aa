/** One header block of a tar archive. */
export interface TarHeader {
  readonly path: string;
  /** Bytes of data that follow. */
  readonly size: number;
  /** Type flag: `0` file, `1` hard link, `2` symbolic link, `5` folder, `x` and `g` pax records, `L` and `K` a long name or target. */
  readonly type: string;
  /** Where a link leads; empty of what is none. */
  readonly target: string;
}

export const BLOCK = 512;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A name, as UTF-8 where it is; else each byte is a character, so that names of other encodings stay apart. */
export const nameOf = (bytes: Uint8Array): string => {
  try {
    return utf8.decode(bytes);
  } catch {
    return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  }
};

const text = (block: Uint8Array, from: number, length: number): string => {
  const field = block.subarray(from, from + length);
  const end = field.indexOf(0);
  return nameOf(end < 0 ? field : field.subarray(0, end));
};

/** Octal digits among spaces and zeros, or base 256 where the first bit is set (GNU, for 8 GB and more); else NaN. */
const number = (block: Uint8Array, from: number, length: number): number => {
  const isBinary = block[from] === 0x80;
  let value = 0;
  for (let i = isBinary ? from + 1 : from; i < from + length; i++) {
    const byte = block[i]!;
    if (isBinary) value = value * 256 + byte;
    else if (byte >= 48 && byte <= 55) value = value * 8 + byte - 48;
    else if (byte !== 32 && byte !== 0) return NaN;
  }
  return value;
};

export const isZeroBlock = (block: Uint8Array): boolean => block.every((byte) => byte === 0);

/** Sum of the block's bytes with the checksum field read as spaces. */
const checksum = (block: Uint8Array): number => {
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 32 : block[i]!;
  return sum;
};

/** Reads a header block [512] (POSIX ustar, GNU and old tar), or undefined where it is none. */
export const tarHeader = (block: Uint8Array): TarHeader | undefined => {
  const size = number(block, 124, 12);
  if (number(block, 148, 8) !== checksum(block) || !Number.isSafeInteger(size)) return undefined;
  const prefix = block[345] !== 0 && text(block, 257, 6) === 'ustar' ? text(block, 345, 155) : '';
  const name = text(block, 0, 100);
  const flag = String.fromCharCode(block[156]!);
  const type = flag === '\0' || flag === '7' ? '0' : flag;
  const target = type === '1' || type === '2' ? text(block, 157, 100) : '';
  return { path: prefix ? `${prefix}/${name}` : name, size, type, target };
};

/** Records of a pax header, `length key=value\n` each; what is broken ends the list. */
export const paxRecords = (data: Uint8Array): Map<string, string> => {
  const records = new Map<string, string>();
  let at = 0;
  while (at < data.length) {
    const space = data.indexOf(32, at);
    const length = space < 0 ? NaN : Number(nameOf(data.subarray(at, Math.min(space, at + 20))));
    if (!Number.isSafeInteger(length) || length < 5 || at + length > data.length) break;
    const record = nameOf(data.subarray(space + 1, at + length - 1));
    const equals = record.indexOf('=');
    if (equals > 0) records.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  return records;
};
