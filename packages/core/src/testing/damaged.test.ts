import { describe, expect, it } from 'vitest';
import { damaged } from './damaged.ts';

const file = new TextEncoder().encode('{"epochs": 10, "batch": 128}');
const many = (first: number, files = [file]): Uint8Array[] =>
  Array.from({ length: 500 }, (_, i) => damaged(files, first + i));

describe('damaged', () => {
  it('gives the same bytes for the same number, and others for another', () => {
    expect(many(0)).toEqual(many(0));
    expect(many(0)).not.toEqual(many(500));
  });

  it('changes nearly every file, and each in a way of its own', () => {
    const texts = many(0).map((bytes) => new TextDecoder().decode(bytes));
    expect(texts.filter((text) => text === new TextDecoder().decode(file)).length).toBeLessThan(50);
    expect(new Set(texts).size).toBeGreaterThan(350);
  });

  it('cuts, grows and nests, but not without bound', () => {
    const lengths = many(0).map(({ length }) => length);
    expect(Math.min(...lengths)).toBeLessThan(10);
    expect(Math.max(...lengths)).toBeGreaterThan(1000);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(2 ** 20);
  });

  it('leaves the files as they were, also where one is empty', () => {
    const before = file.slice();
    many(0, [file, new Uint8Array()]);
    expect(file).toEqual(before);
  });
});
