import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UnderstoryError } from '@understory/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/temporary.test.support.ts';
import { zip, type ZipEntry } from '../testing/zip.test.support.ts';
import type { FileSource } from './fileSource.ts';
import { openSource } from './openSource.ts';

const fileWith = async (bytes: Uint8Array): Promise<string> => {
  const file = path.join(await temporaryFolder(), 'some.zip');
  await writeFile(file, bytes);
  return file;
};
const open = async (...entries: ZipEntry[]): Promise<FileSource> => openSource(await fileWith(zip(entries)));
const text = async (source: FileSource, name: string): Promise<string> =>
  new TextDecoder().decode(await source.read(source.files.findIndex((f) => f.path === name)));
const faults = (source: FileSource): Record<string, string | undefined> =>
  Object.fromEntries(source.files.map((f) => [f.path, f.fault]));

describe('a zip', () => {
  it('gives its files in its order, deflated or not, hidden ones apart', async () => {
    const source = await open(
      { path: 'b/' },
      { path: 'b/two.txt', data: 'two'.repeat(500) },
      { path: 'a/one.txt', data: 'one', method: 0 },
      { path: '__MACOSX/._one', data: 'x' },
      { path: 'ü/ñ.txt', data: 'unicode' },
    );
    expect(source.files.map((f) => f.path)).toEqual(['b/two.txt', 'a/one.txt', 'ü/ñ.txt']);
    expect(source.folders).toEqual(['a', 'b', 'ü']);
    expect(source.leftOut).toEqual([{ path: '__MACOSX', reason: 'hidden' }]);
    expect(await text(source, 'b/two.txt')).toBe('two'.repeat(500));
    expect(await text(source, 'a/one.txt')).toBe('one');
    expect((await source.head(0)).length).toBe(512);
    await source.close();
  });

  it('follows links inside it, and names those that lead out or to nothing', async () => {
    const source = await open(
      { path: 'pool/cat/1.txt', data: 'cat' },
      { path: 'train/cat', data: '../pool/cat', isLink: true },
      { path: 'train/one.txt', data: 'cat/1.txt', isLink: true },
      { path: 'train/out.txt', data: '../../etc/passwd', isLink: true },
      { path: 'train/absolute.txt', data: '/etc/passwd', isLink: true },
      { path: 'train/gone.txt', data: 'nothing', isLink: true },
      { path: 'train/up', data: '..', isLink: true },
    );
    expect(faults(source)).toEqual({
      'pool/cat/1.txt': undefined,
      'train/absolute.txt': 'a link that leads out of the archive',
      'train/cat/1.txt': undefined,
      'train/gone.txt': 'a link to nothing',
      'train/one.txt': undefined,
      'train/out.txt': 'a link that leads out of the archive',
    });
    expect(source.leftOut).toEqual([{ path: 'train/up', reason: 'a link into a folder that it lies in' }]);
    expect(await text(source, 'train/cat/1.txt')).toBe('cat');
    expect(await text(source, 'train/one.txt')).toBe('cat');
    await source.close();
  });

  it('names what is encrypted, compressed in another way, empty or too large', async () => {
    const source = await open(
      { path: 'a/secret.txt', data: 'x', isEncrypted: true },
      { path: 'a/lzma.txt', data: 'x', method: 14 },
      { path: 'a/empty.txt' },
      { path: 'a/huge.txt', data: 'x', claims: 2 ** 31 },
    );
    expect(faults(source)).toEqual({
      'a/secret.txt': expect.stringContaining('encrypted; unpack') as string,
      'a/lzma.txt': expect.stringContaining('compressed by method 14; unpack') as string,
      'a/empty.txt': 'an empty file',
      'a/huge.txt': 'larger than 256 MB',
    });
    await source.close();
  });

  it.each(['../up', 'a/../../up', '/etc/passwd', 'C:/windows'])(
    'with the path %s is refused',
    async (name) => {
      await expect(open({ path: name, data: 'x' })).rejects.toThrow(/names a path that leads out of it/);
    },
  );

  it('that is cut off or damaged is refused, whole or file by file', async () => {
    const whole = zip([{ path: 'a/1.txt', data: 'x'.repeat(1000), method: 0 }]);
    await expect(openSource(await fileWith(whole.subarray(0, 900)))).rejects.toThrow(/damaged or cut off/);
    await expect(openSource(await fileWith(whole.subarray(0, 3)))).rejects.toThrow(/damaged or cut off/);
    whole[500]! ^= 1;
    const source = await openSource(await fileWith(whole));
    await expect(source.read(0)).rejects.toThrow(/its checksum is wrong/);
    await source.close();
  });

  it('that unfolds to more than it says is not unfolded further', async () => {
    const source = await open({ path: 'a/bomb.txt', data: new Uint8Array(50_000_000), claims: 10 });
    await expect(source.read(0)).rejects.toThrow(/damaged in the archive/);
    await source.close();
  });

  it('of any bytes is read or refused', async () => {
    const whole = zip([
      { path: 'a/1.txt', data: 'one' },
      { path: 'a/2.txt', data: 'two', method: 0 },
      { path: 'a/link.txt', data: '1.txt', isLink: true },
    ]);
    const file = await fileWith(whole);
    const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 4 });
    const property = fc.asyncProperty(damage, fc.nat(3 * whole.length), async (changes, length) => {
      const bytes = Uint8Array.from(whole.subarray(0, length));
      for (const [at, byte] of changes) if (at < length) bytes[at] = byte;
      await writeFile(file, bytes);
      try {
        const source = await openSource(file);
        for (const [i, { fault }] of source.files.entries()) if (fault === undefined) await source.read(i);
        await source.close();
      } catch (error) {
        expect(error).toBeInstanceOf(UnderstoryError);
      }
    });
    await fc.assert(property, { numRuns: 300, seed: 16 });
  });
});
