import { expect, it } from 'vitest';
import { bytesOf, double, fieldsOf, float, message, messagesIn, numbersOf, textOf } from './protobuf.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

// The examples of https://protobuf.dev/programming-guides/encoding/.
it('writes what the format defines', () => {
  expect(hex(message({ 1: 150 }))).toBe('089601');
  expect(hex(message({ 2: 'testing' }))).toBe('120774657374696e67');
  expect(hex(message({ 3: message({ 1: 150 }) }))).toBe('1a03089601');
  expect(hex(message({ 1: -2 }))).toBe('08feffffffffffffffff01');
  expect(hex(message({ 4: 'hello', 6: [1, 2, 3] }))).toBe('220568656c6c6f300130023003');
  expect(hex(message({ 1: float(1), 2: double(-2), 3: true, 4: undefined }))).toBe(
    '0d0000803f1100000000000000c01801',
  );
});

it('reads back what it has written', () => {
  const inner = message({ 1: 'täglich', 2: [1, 300, 2 ** 40] });
  const outer = message({
    2: float(0.5),
    3: [inner, inner],
    4: double(0.1),
    17: new Uint8Array([3, 172, 2]),
  });
  const [first, second] = messagesIn(outer, 3);
  expect(first).toEqual(second);
  const fields = [...fieldsOf(first!)];
  expect(textOf(fields[0]!)).toBe('täglich');
  expect(fields.slice(1).flatMap(numbersOf)).toEqual([1, 300, 2 ** 40]);
  const others = new Map([...fieldsOf(outer)].map((field) => [field.id, field]));
  expect([...others.keys()]).toEqual([2, 3, 4, 17]);
  expect(numbersOf(others.get(17)!)).toEqual([3, 300]);
  expect(new Float64Array(bytesOf(others.get(4)!).slice().buffer)[0]).toBe(0.1);
});

it('refuses what is no message', () => {
  expect(() => [...fieldsOf(new Uint8Array([0x08, 0x96]))]).toThrow(RangeError);
  expect(() => [...fieldsOf(new Uint8Array([0x0b, 0x01]))]).toThrow(RangeError);
});
