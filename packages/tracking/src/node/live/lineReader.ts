import type { FileHandle } from 'node:fs/promises';

const CHUNK = 1024 * 1024;
/** Longer lines are no events: they are counted, and left out. */
const LONGEST = 4 * 1024 * 1024;

type Line = (bytes: Buffer) => void;

export interface LineReader {
  /** Up to which byte lines were read. */
  readonly at: number;
  /** Lines that were too long. */
  readonly tooLong: number;
  /** Reads whole lines from where it stands, so many bytes at most, and lets the event loop turn between megabytes. */
  read(handle: FileHandle, most: number, line: Line): Promise<void>;
}

/** Cuts what comes piece by piece into lines. */
const cutter = (): { readonly tooLong: () => number; readonly take: (part: Buffer, line: Line) => void } => {
  let [tooLong, skipping, carriedSize] = [0, false, 0];
  let carried: Buffer[] = [];
  const drop = (): void => {
    [carried, carriedSize] = [[], 0];
  };
  const carry = (rest: Buffer): void => {
    if (skipping || rest.length === 0) return;
    carried.push(Buffer.from(rest));
    carriedSize += rest.length;
    if (carriedSize <= LONGEST) return;
    [skipping, tooLong] = [true, tooLong + 1];
    drop();
  };
  const take = (part: Buffer, line: Line): void => {
    let from = 0;
    for (let end = part.indexOf(10); end >= 0; end = part.indexOf(10, from)) {
      const piece = part.subarray(from, end);
      if (!skipping) line(carriedSize > 0 ? Buffer.concat([...carried, piece]) : piece);
      skipping = false;
      drop();
      from = end + 1;
    }
    carry(part.subarray(from));
  };
  return { tooLong: () => tooLong, take };
};

/** Lines of a file that grows, in memory that does not grow with it, nor with a line that never ends. */
export const lineReader = (): LineReader => {
  const buffer = Buffer.alloc(CHUNK);
  const { tooLong, take } = cutter();
  let at = 0;
  return {
    get at() {
      return at;
    },
    get tooLong() {
      return tooLong();
    },
    async read(handle, most, line) {
      for (let left = most; left > 0;) {
        const { bytesRead } = await handle.read(buffer, 0, Math.min(CHUNK, left), at);
        if (bytesRead === 0) return;
        take(buffer.subarray(0, bytesRead), line);
        at += bytesRead;
        left -= bytesRead;
      }
    },
  };
};
