import fc from 'fast-check';
import { expect, it } from 'vitest';
import { crc32, crc32c } from './crc32.ts';

/** The definition, a bit at a time. */
const byBits = (bytes: Uint8Array, polynomial: number): number => {
  let c = 0xffffffff;
  for (const byte of bytes) {
    c ^= byte;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ polynomial : c >>> 1;
  }
  return ~c >>> 0;
};

it('is what RFC 3720 says', () => {
  expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
});

it('is what PNG and zip have', () => {
  expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
  expect(crc32(new TextEncoder().encode('IEND'))).toBe(0xae426082);
});

it.each([
  ['crc32c', crc32c, 0x82f63b78],
  ['crc32', crc32, 0xedb88320],
])(
  '%s is the definition for any bytes, wherever they lie in memory and however they are cut',
  (_, crc, polynomial) => {
    const bytes = fc.uint8Array({ maxLength: 80 });
    fc.assert(
      fc.property(bytes, fc.nat(7), fc.nat(80), (data, offset, cut) => {
        const room = Buffer.alloc(data.length + offset);
        room.set(data, offset);
        const shared = new Uint8Array(new SharedArrayBuffer(data.length));
        shared.set(data);
        const view = room.subarray(offset);
        const expected = byBits(data, polynomial);
        expect([crc(data), crc(view), crc(shared)]).toEqual([expected, expected, expected]);
        expect(crc(view.subarray(cut), crc(view.subarray(0, cut)))).toBe(expected);
      }),
      { numRuns: 300 },
    );
  },
);
