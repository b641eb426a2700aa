import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { copiedPart, plainBytes } from './bytes.ts';
import { float32, int32, uint8 } from '../contracts/arrays.ts';
import { decodeSafetensors, encodeSafetensors, joinBytes, safetensorsParts } from './safetensors.ts';
import { byteForms } from '../testing/byteForms.ts';
import { readBlackBox } from '../diagnosis/blackBox.ts';
import { readCheckpoint } from '../training/checkpoint.ts';
import { applyView } from '../data/view.ts';

const tensors = {
  a: float32([1, 2.5, -3], [3]),
  b: int32([7, -8], [2]),
  'state/c': uint8(Uint8Array.of(0, 128, 255), [3]),
};
const file = (metadata: Record<string, string>): Uint8Array => encodeSafetensors(tensors, metadata);
const progress = { step: 3, bestEpoch: -1, bestValue: null, sums: {}, seconds: 1 };
const checkpoint = file({ format: 'understory-1', progress: JSON.stringify(progress) });
const box = file({
  format: 'understory-black-box-2',
  about: '{"samples":{},"teachers":1,"train":{"length":2,"targets":{}}}',
  step: '4',
});

/** Every public function of this package that takes bytes, with bytes that it takes. */
const readers: readonly (readonly [string, Uint8Array, (bytes: Uint8Array) => unknown])[] = [
  ['decodeSafetensors', checkpoint, (bytes) => decodeSafetensors(bytes)],
  ['readCheckpoint', checkpoint, (bytes) => readCheckpoint(bytes, 'it')],
  ['readBlackBox', box, (bytes) => readBlackBox(bytes, 'it')],
  ['joinBytes', checkpoint, (bytes) => joinBytes([bytes, bytes])],
  ['uint8 and encodeSafetensors', checkpoint, (b) => encodeSafetensors({ a: uint8(b, [b.length]) })],
  ['safetensorsParts', checkpoint, (b) => joinBytes(safetensorsParts({ a: uint8(b, [b.length]) }))],
  [
    'applyView',
    new Uint8Array(12).fill(9),
    (bytes) => applyView([], bytes, [2, 2], [{} as never]).arraySync(),
  ],
];

describe.each(readers)('%s reads alike', (_, bytes, read) => {
  const expected = JSON.stringify(read(bytes));
  it.each(byteForms(bytes))('%s', (_form, given) => {
    const before = Uint8Array.from(given);
    expect(JSON.stringify(read(given))).toBe(expected);
    expect(Uint8Array.from(given)).toEqual(before);
  });
});

it('what is read does not change when the bytes do', () => {
  for (const [form, given] of byteForms(checkpoint)) {
    const { tensors: read } = decodeSafetensors(given);
    given.fill(0);
    expect(read, form).toEqual(tensors);
  }
});

it('plainBytes copies shared memory alone, copiedPart always', () => {
  for (const [form, given] of byteForms(Uint8Array.of(1, 2, 3, 4))) {
    const plain = plainBytes(given);
    const part = new Uint8Array(copiedPart(given, 1, 3));
    given.fill(9);
    expect(Array.from(plain), form).toEqual(form === 'shared memory' ? [1, 2, 3, 4] : [9, 9, 9, 9]);
    expect(Array.from(part), form).toEqual([2, 3]);
  }
});

it('no source takes the buffer of a slice, which is the whole pool where bytes are a Buffer', () => {
  const packages = path.resolve(import.meta.dirname, '../../..');
  const sources = readdirSync(packages).flatMap((name) => {
    const src = path.join(packages, name, 'src');
    const files = existsSync(src) ? readdirSync(src, { recursive: true, encoding: 'utf8' }) : [];
    return files.filter((file) => file.endsWith('.ts')).map((file) => path.join(src, file));
  });
  expect(sources.length).toBeGreaterThan(100);
  const wrong = sources.filter((source) =>
    /\.slice\([^;\n]*\)\s*\.buffer\b/.test(readFileSync(source, 'utf8')),
  );
  expect(wrong.filter((source) => !source.endsWith('.test.ts'))).toEqual([]);
});
