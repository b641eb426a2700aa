import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { crc32c } from '@understory/core';
import { record, startEvent, summaryEvent, versionEvent, type Summary } from './eventFile.ts';

const golden = new Uint8Array(readFileSync(new URL('../testdata/golden.tfevents', import.meta.url)));

/** The picture that the generating script made: kept in the golden file itself, from PNG's signature to its end. */
const picture = (): Uint8Array => {
  const bytes = Buffer.from(golden);
  return golden.slice(bytes.indexOf(Buffer.from('\x89PNG', 'latin1')), bytes.indexOf('IEND') + 8);
};

it('knows the check values of CRC-32C (RFC 3720, B.4)', () => {
  expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
});

it('writes the bytes that TensorBoard writes', () => {
  const histogram = {
    ...{ least: -1.5, most: 2.5, count: 6, sum: 1.25, squares: 9.5 },
    ...{ ends: [-0.5, 0.5, 2.5], counts: [1, 2, 3] },
  };
  const at = (step: number, loss: number): Uint8Array =>
    summaryEvent(1700000001 + step, step, [
      { tag: 'loss/total', scalar: loss },
      { tag: 'loss/täglich ≥ 0', scalar: -loss },
    ]);
  const events = [
    versionEvent(1700000000.25),
    startEvent(1700000000.5, 0),
    at(0, 2.5),
    at(1, 1.25),
    at(300, 0.1),
    at(3_000_000_000, 1e-30),
    summaryEvent(1700000002, 7, [{ tag: 'views', image: { width: 3, height: 2, bytes: picture() } }]),
    summaryEvent(1700000003, 8, [{ tag: 'weights/stem', histogram }]),
  ];

  expect(Buffer.concat(events.map(record)).toString('hex')).toBe(Buffer.from(golden).toString('hex'));
});

interface Parsed {
  readonly field: number;
  readonly value: number | Uint8Array;
}

/** A decoder that shares nothing with the encoder: BigInt varints, one pass. */
const parse = (bytes: Uint8Array): Parsed[] => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const out: Parsed[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = view.getUint8(at++);
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(value);
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const field = key >> 3;
    if ((key & 7) === 0) out.push({ field, value: varint() });
    else if ((key & 7) === 1) out.push({ field, value: view.getFloat64((at += 8) - 8, true) });
    else if ((key & 7) === 5) out.push({ field, value: view.getFloat32((at += 4) - 4, true) });
    else {
      const length = varint();
      out.push({ field, value: bytes.subarray(at, (at += length)) });
    }
  }
  return out;
};
const one = (fields: Parsed[], field: number): number | Uint8Array | undefined =>
  fields.find((f) => f.field === field)?.value;

it('writes scalars that an independent decoder reads back', () => {
  const summary = fc.record({
    tag: fc.string({ unit: 'grapheme', minLength: 1 }),
    scalar: fc.float({ noNaN: true }),
  });
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.array(summary, { maxLength: 5 }), (step, summaries: Summary[]) => {
      const event = parse(summaryEvent(12.5, step, summaries));
      expect(one(event, 1)).toBe(12.5);
      expect(one(event, 2) ?? 0).toBe(step);
      const values = parse(one(event, 5) as Uint8Array).map(({ value }) => parse(value as Uint8Array));
      const read = values.map((v) => ({
        tag: new TextDecoder().decode(one(v, 1) as Uint8Array),
        scalar: one(v, 2),
      }));
      expect(read).toEqual(summaries);
    }),
  );
});

it('frames a record so that a reader can skip and check it', () => {
  const framed = record(new Uint8Array([1, 2, 3]));
  expect(framed).toHaveLength(19);
  expect(new DataView(framed.buffer).getBigUint64(0, true)).toBe(3n);
  const unmask = (masked: number): number => {
    const rotated = (masked - 0xa282ead8) >>> 0;
    return ((rotated >>> 17) | (rotated << 15)) >>> 0;
  };
  const view = new DataView(framed.buffer);
  expect(unmask(view.getUint32(8, true))).toBe(crc32c(framed.subarray(0, 8)));
  expect(unmask(view.getUint32(15, true))).toBe(crc32c(framed.subarray(12, 15)));
});

it('leaves default values out, as the format has it', () => {
  expect(one(parse(startEvent(1, 0)), 2)).toBeUndefined();
  expect(one(parse(startEvent(1, 1)), 2)).toBe(1);
});
