import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { packTar, writeTree } from '../testing/temporary.test.support.ts';
import { zip } from '../testing/zip.test.support.ts';
import type { FileSource } from './fileSource.ts';
import { withArchives } from './openInside.ts';
import { openSource } from './openSource.ts';

const isArchive = (name: string): boolean => /\.(tar|tgz|zip)$/.test(name);
const opened = async (root: string): Promise<FileSource> =>
  withArchives(await openSource(root), isArchive, 'follow');
const tarOf = async (files: Readonly<Record<string, string | Uint8Array>>): Promise<Buffer> =>
  readFile(await packTar(await writeTree(files)));

/** Files that this process holds open, where the system tells. */
const openHandles = async (): Promise<number> => (await readdir('/proc/self/fd').catch(() => [])).length;

/** What a source holds, by path. */
const contents = async (source: FileSource): Promise<Record<string, string>> => {
  const found: Record<string, string> = {};
  for (const [i, { path: name }] of source.files.entries()) {
    const whole = Buffer.from(await source.read(i));
    const bytes = await source.open(i);
    const middle = await bytes.read(1, 2);
    expect(Buffer.from(middle)).toEqual(whole.subarray(1, 3));
    expect([bytes.length, await source.size(i)]).toEqual([whole.length, whole.length]);
    expect(Buffer.from(await source.head(i))).toEqual(whole);
    const pieces: Uint8Array[] = [];
    for await (const piece of source.chunks(i)) pieces.push(piece);
    expect(Buffer.concat(pieces)).toEqual(whole);
    await bytes.close();
    found[name] = whole.toString();
  }
  return found;
};

describe('archives in a source', () => {
  it('stand open in every kind of source, each kind of archive, three deep', async () => {
    const [plain, packed] = [await tarOf({ 'a/one.txt': 'first' }), await tarOf({ 'two.txt': 'second' })];
    const inner = zip([{ path: 'three.txt', data: 'third' }]);
    const middle = await tarOf({ 'b/deep.zip': inner, 'four.txt': 'fourth' });
    const files = { 'x.tar': plain, 'sub/y.tgz': gzipSync(packed), 'z.tar': middle, 'five.txt': 'fifth' };
    const expected = {
      'five.txt': 'fifth',
      'sub/y.tgz/two.txt': 'second',
      'x.tar/a/one.txt': 'first',
      'z.tar/b/deep.zip/three.txt': 'third',
      'z.tar/four.txt': 'fourth',
    };
    const folder = await writeTree(files);
    const entries = Object.entries(files).map(([name, data]) => ({ path: name, data }));
    const zipped = path.join(await writeTree({ 'all.zip': zip(entries) }), 'all.zip');
    for (const root of [folder, await packTar(folder), await packTar(folder, true), zipped]) {
      const source = await opened(root);
      expect(await contents(source)).toEqual(expected);
      await source.close();
    }
  });

  it('hold no file open of a folder of archives', async () => {
    const one = await tarOf({ 'one.txt': 'first' });
    const names = Array.from({ length: 300 }, (_, i) => `n${i}.tar`);
    const root = await writeTree(Object.fromEntries(names.map((name) => [name, one])));
    const before = await openHandles();
    const source = await opened(root);
    expect(source.files.length).toBe(300);
    expect(Buffer.from(await source.read(299)).toString()).toBe('first');
    expect((await openHandles()) - before).toBeLessThan(20);
    await source.close();
  });

  it('are refused by their path where they are damaged or climb', async () => {
    const refuses = async (name: string, data: Uint8Array | string, says: RegExp): Promise<void> => {
      const root = await writeTree({ [name]: data });
      await expect(opened(root)).rejects.toThrow(says);
    };
    const whole = await tarOf({ 'one.txt': 'x'.repeat(2000) });
    await refuses('a.tar', whole.subarray(0, 1500), /a\.tar: it is cut off in "\.\/one\.txt"/);
    await refuses('a.tgz', gzipSync(whole).subarray(0, 60), /a\.tgz: its compressed data is cut off/);
    await refuses('a.zip', 'PK no zip', /a\.zip: its zip archive is damaged/);
    await refuses('a.zip', zip([{ path: '../up.txt', data: 'x' }]), /a path that leads out of it/);
    const link = zip([{ path: 'out.txt', data: '../../etc/passwd', isLink: true }]);
    const source = await opened(await writeTree({ 'a.zip': link }));
    expect(source.files).toMatchObject([
      { path: 'a.zip/out.txt', fault: 'a link that leads out of the archive' },
    ]);
    await source.close();
  });
});
