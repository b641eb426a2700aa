import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { float32, int32, uint8, type NdArray, type NdArrays } from '../contracts/arrays.ts';
import { UnderstoryError } from '../errors.ts';
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts';

const testdata = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../../testdata/${name}`, import.meta.url)));
const floats = [0, -1.5, 3.25, 65504, 2 ** -20, -(2 ** -14)];

/** A file with this header text and so many bytes of data. */
const file = (header: string, bytes = 0): Uint8Array => {
  const json = new TextEncoder().encode(header);
  const out = new Uint8Array(8 + json.length + bytes);
  new DataView(out.buffer).setBigUint64(0, BigInt(json.length), true);
  out.set(json, 8);
  return out;
};

describe('against the reference implementation', () => {
  it('reads its file and writes the same bytes', () => {
    const bytes = testdata('ours.safetensors');
    const { tensors, metadata } = decodeSafetensors(bytes);
    expect(metadata).toEqual({ format: 'pt' });
    expect(tensors['b.weight']).toEqual(float32(floats, [2, 3]));
    expect(tensors['10']).toEqual(int32([7], []));
    expect(tensors.pixels).toEqual(uint8(Uint8Array.of(0, 128, 255), [3]));
    expect(tensors.mask).toEqual({ dtype: 'bool', shape: [2], data: Uint8Array.of(1, 0) });
    expect(tensors.empty).toEqual(float32([], [0, 3]));
    expect(tensors['名前']).toEqual(float32([4], [1]));
    expect(encodeSafetensors(tensors, metadata)).toEqual(bytes);
  });

  it('converts the types that we have not', () => {
    const { tensors } = decodeSafetensors(testdata('others.safetensors'));
    const values = (name: string): number[] => Array.from(tensors[name]!.data);
    expect(values('f64')).toEqual(floats);
    expect(values('f16')).toEqual([0, -1.5, 3.25, 65504, 2 ** -20, -(2 ** -14)]);
    expect(values('bf16')).toEqual([0, -1.5, 3.25, 65536, 2 ** -20, -(2 ** -14)]);
    expect(values('special')).toEqual([Infinity, -Infinity, NaN, 2 ** -24]);
    expect(values('i64')).toEqual([-3, 2 ** 31 - 1]);
    expect(values('i16')).toEqual([-300, 300]);
    expect(values('i8')).toEqual([-128, 127]);
    expect([tensors.f16!.dtype, tensors.i64!.dtype]).toEqual(['float32', 'int32']);
  });
});

const array = fc
  .array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 })
  .chain((shape): fc.Arbitrary<NdArray> => {
    const length = shape.reduce((a, b) => a * b, 1);
    const exactly = { minLength: length, maxLength: length };
    return fc.oneof(
      fc.float32Array(exactly).map((data): NdArray => ({ dtype: 'float32', shape, data })),
      fc.int32Array(exactly).map((data): NdArray => ({ dtype: 'int32', shape, data })),
      fc.uint8Array(exactly).map((data): NdArray => ({ dtype: 'uint8', shape, data })),
      fc.uint8Array({ ...exactly, max: 1 }).map((data): NdArray => ({ dtype: 'bool', shape, data })),
    );
  });
const arrays: fc.Arbitrary<NdArrays> = fc.dictionary(
  fc.string({ unit: 'grapheme' }).filter((s) => s !== '__metadata__' && !/\p{Surrogate}/u.test(s)),
  array,
);

describe('round trip', () => {
  it('gives back every array, bit for bit', () => {
    const property = fc.property(arrays, fc.dictionary(fc.string(), fc.string()), (tensors, metadata) => {
      const bytes = encodeSafetensors(tensors, metadata);
      const back = decodeSafetensors(bytes);
      expect({ ...back.tensors }).toEqual({ ...tensors });
      expect({ ...back.metadata }).toEqual({ ...metadata });
      expect(encodeSafetensors(back.tensors, back.metadata).length).toBe(bytes.length);
    });
    fc.assert(property, { numRuns: 200 });
  });

  it('reads from the middle of a larger buffer', () => {
    const bytes = encodeSafetensors({ a: float32([1, 2], [2]) });
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(decodeSafetensors(shifted.subarray(3)).tensors.a).toEqual(float32([1, 2], [2]));
  });

  it('keeps a tensor named like a part of every object', () => {
    const tensors = Object.fromEntries([['__proto__', float32([1], [1])]]);
    const back = decodeSafetensors(encodeSafetensors(tensors)).tensors;
    expect(Object.entries(back)).toEqual([['__proto__', float32([1], [1])]]);
  });
});

describe('what cannot be read', () => {
  const entry = (name: string, type: string, at: number): string =>
    `"${name}":{"dtype":"${type}","shape":[1],"data_offsets":[${at},${at + 8}]}`;
  const bytes = file(`{${entry('wide', 'I64', 0)},${entry('odd', 'C64', 8)},${entry('a', 'F64', 16)}}`, 24);
  bytes.fill(1, -24, -16);

  it('is left out and told where somebody listens', () => {
    const told: string[] = [];
    const { tensors } = decodeSafetensors(bytes, { unread: ({ name, why }) => told.push(`${name}: ${why}`) });
    expect(tensors).toEqual({ a: float32([0], [1]) });
    expect(told).toEqual([
      expect.stringMatching(/^wide: .*holds 72340172838076673, which int32 cannot hold/),
      expect.stringMatching(/^odd: .*is of type "C64"; readable are F32/),
    ]);
  });

  it('is an error where nobody does', () => {
    expect(() => decodeSafetensors(bytes)).toThrow(/which int32 cannot hold/);
  });

  it('is told by its first bytes where it is no such file, not by a header of so many bytes', () => {
    const text = (content: string): Uint8Array => new TextEncoder().encode(content);
    expect(() => decodeSafetensors(text('<!DOCTYPE html><html>'))).toThrow(
      /it begins with "<!DOCTYPE html><", which as the length of a header does not fit in a file of 21 bytes/,
    );
    expect(() => decodeSafetensors(Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a, 0))).toThrow(
      /begins with 89 48 44 46 0d 0a 1a 0a/,
    );
  });
});

describe('refuses', () => {
  const tensor = (fields: string): string => `{"t":{${fields}}}`;
  const f32 = '"dtype":"F32","shape":[2],"data_offsets":[0,8]';
  const cases: [string, Uint8Array, RegExp][] = [
    ['an empty file', new Uint8Array(0), /0 bytes cannot hold a header/],
    ['a header longer than the file', file('{}').fill(255, 0, 7), /does not fit/],
    ['a header that is no JSON', file('{"t":'), /not JSON/],
    ['a header that is no UTF-8', file('{"t":1}').fill(255, 10, 11), /not JSON/],
    ['a header that is a list', file('[]'), /not a JSON object/],
    ['a nest of lists', file('['.repeat(100_000) + ']'.repeat(100_000)), /not a JSON object/],
    ['an entry that is a number', file('{"t":1}'), /entry "t" is not an object/],
    ['a repeated name', file(`{"t":{${f32}},"t":{${f32}}}`, 8), /repeats a name/],
    ['a repeated field', file(tensor(`${f32},"shape":[2]`), 8), /repeats a name/],
    [
      'an unknown type',
      file(tensor('"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]'), 8),
      /"F8_E4M3"; readable/,
    ],
    [
      'a type from the prototype',
      file(tensor('"dtype":"toString","shape":[8],"data_offsets":[0,8]'), 8),
      /readable/,
    ],
    ['no type', file(tensor('"shape":[8],"data_offsets":[0,8]'), 8), /no dtype/],
    ['a negative side', file(tensor('"dtype":"U8","shape":[-8],"data_offsets":[0,8]'), 8), /no shape/],
    ['a fraction', file(tensor('"dtype":"U8","shape":[8.5],"data_offsets":[0,8]'), 8), /no shape/],
    [
      'offsets that run backwards',
      file(tensor('"dtype":"U8","shape":[8],"data_offsets":[8,0]'), 8),
      /has -8/,
    ],
    ['three offsets', file(tensor('"dtype":"U8","shape":[8],"data_offsets":[0,8,9]'), 8), /no data_offsets/],
    [
      'a shape of a billion elements',
      file(tensor('"dtype":"F32","shape":[1000000000],"data_offsets":[0,4000000000]')),
      /ends at byte 4000000000 of 0/,
    ],
    [
      'a shape that overflows',
      file(tensor(`"dtype":"F32","shape":[${'4294967296,'.repeat(40)}1],"data_offsets":[0,0]`)),
      /needs Infinity bytes/,
    ],
    [
      'tensors that overlap',
      file(`{"t":{${f32}},"u":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}`, 12),
      /"u" overlaps/,
    ],
    ['a gap', file(tensor('"dtype":"F32","shape":[1],"data_offsets":[4,8]'), 8), /gap before/],
    ['bytes after the last tensor', file(tensor(f32), 9), /1 bytes belong to no tensor/],
    ['a cut-off file', file(tensor(f32), 7), /cut off/],
    ['metadata that is no text', file('{"__metadata__":{"a":1}}'), /more than text/],
    [
      'a whole number over 32 bits',
      file(tensor('"dtype":"I64","shape":[1],"data_offsets":[0,8]'), 8).fill(1, -8),
      /which int32 cannot hold/,
    ],
  ];
  it.each(cases)('%s', (_, bytes, message) => {
    expect(() => decodeSafetensors(bytes)).toThrow(message);
    expect(() => decodeSafetensors(bytes)).toThrow(UnderstoryError);
  });

  it('to write an array whose shape and values disagree, or a reserved name', () => {
    expect(() => encodeSafetensors({ a: float32([1, 2], [3]) })).toThrow(/"a".*needs 3 values, it has 2/);
    expect(() => encodeSafetensors({ ['__metadata__']: float32([], [0]) })).toThrow(/reserved/);
    expect(() => encodeSafetensors({ '\ud800': float32([], [0]) })).toThrow(/no Unicode/);
  });

  it('or reads any bytes without another kind of error', () => {
    const readsOrRefuses = (bytes: Uint8Array): void => {
      try {
        const { tensors } = decodeSafetensors(bytes);
        const size = Object.values(tensors).reduce((sum, { data }) => sum + data.byteLength, 0);
        expect(size).toBeLessThanOrEqual(4 * bytes.length);
      } catch (error) {
        expect(error).toBeInstanceOf(UnderstoryError);
      }
    };
    const whole = testdata('others.safetensors');
    const damaged = fc
      .tuple(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length))
      .map(([at, byte, length]) => {
        const bytes = whole.slice(0, length < 400 ? undefined : length);
        if (at < bytes.length) bytes[at] = byte;
        return bytes;
      });
    fc.assert(fc.property(damaged, readsOrRefuses), { numRuns: 1000 });
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), readsOrRefuses));
    fc.assert(
      fc.property(fc.json(), fc.nat(32), (json, room) => readsOrRefuses(file(json, room))),
      { numRuns: 300 },
    );
  });
});
