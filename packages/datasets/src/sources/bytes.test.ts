import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { inflatedBytes } from './bytes.ts';

const packed = gzipSync(Buffer.from('pictures'));
const zeros = Buffer.alloc(4000);
const inflate = (...chunks: readonly Buffer[]): ReturnType<typeof inflatedBytes> =>
  inflatedBytes('some.tar.gz', Readable.from(chunks));

describe('gzip data that comes in pieces', () => {
  it('is unfolded, with all its members', async () => {
    const bytes = await inflate(packed.subarray(0, 9), packed.subarray(9), packed);
    expect(Buffer.from(await bytes.read(0, 16)).toString()).toBe('picturespictures');
  });

  // A piece that was there at once ended the unfolding before anything else could, and what it held behind the end was lost.
  it.each([
    ['in one piece', [Buffer.concat([packed, zeros, packed])]],
    ['in a piece of its own', [packed, Buffer.concat([zeros, packed])]],
    ['that are all', [Buffer.concat([packed, zeros])]],
  ])('is refused where zeros follow it %s', async (_where, chunks) => {
    for (let i = 0; i < 20; i++)
      await expect(inflate(...chunks)).rejects.toThrow(/something else follows its compressed data/);
  });
});
