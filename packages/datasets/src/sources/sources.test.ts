import { readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { UnderstoryError } from '@understory/core';
import fc from 'fast-check';
import { Header, create } from 'tar';
import { describe, expect, it } from 'vitest';
import { packTar, temporaryFolder, writeTree } from '../testing/temporary.test.support.ts';
import { openBytes } from './bytes.ts';
import type { FileSource } from './fileSource.ts';
import { openSource } from './openSource.ts';
import { tarIndex } from './tarIndex.ts';

const long = `${'deep/'.repeat(30)}${'name'.repeat(30)}.txt`;
const tree = {
  'b/two.txt': 'two',
  'a/one.txt': 'one',
  'a/.hidden': 'x',
  '__MACOSX/._one': 'x',
  'empty/': '',
  'a/large.bin': new Uint8Array(200_000).fill(7),
  [long]: 'far down',
  'ü/ñ.txt': 'unicode',
};

const contents = async (source: FileSource): Promise<Record<string, string>> => {
  const entries = await Promise.all(
    source.files.map(
      async ({ path: name }, i) => [name, new TextDecoder().decode(await source.read(i))] as const,
    ),
  );
  await source.close();
  return Object.fromEntries(entries);
};
const expected = Object.fromEntries(
  Object.entries(tree).flatMap(([name, content]) =>
    name.endsWith('/') || name.includes('.hidden') || name.includes('MACOSX')
      ? []
      : [[name, typeof content === 'string' ? content : new TextDecoder().decode(content)]],
  ),
);

/** A tar that holds these entries, made header by header. */
const tarOf = (
  entries: readonly {
    path: string;
    type?: 'File' | 'SymbolicLink' | 'Link';
    data?: string;
    size?: number;
    to?: string;
  }[],
): Uint8Array => {
  const blocks = entries.flatMap(
    ({ path: name, type = 'File', data = '', size = data.length, to = '/etc/passwd' }) => {
      const block = Buffer.alloc(512);
      const header = new Header({
        path: name,
        type,
        size,
        mode: 0o644,
        linkpath: type === 'File' ? '' : to,
      });
      header.encode(block, 0);
      return [block, Buffer.alloc(Math.ceil(data.length / 512) * 512, data)];
    },
  );
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
};
const fileWith = async (bytes: Uint8Array): Promise<string> => {
  const file = path.join(await temporaryFolder(), 'some.tar');
  await writeFile(file, bytes);
  return file;
};

describe('a folder, its tar and its tar.gz', () => {
  it('hold the same files, without hidden ones', async () => {
    const folder = await writeTree(tree);
    const opened = [folder, await packTar(folder), await packTar(folder, true)].map((at) => openSource(at));
    for (const source of await Promise.all(opened)) {
      expect(source.folders).toContain('empty');
      expect(source.folders).not.toContain('__MACOSX');
      expect(await contents(source)).toEqual(expected);
    }
  });

  it('give a stamp that changes with the file', async () => {
    const folder = await writeTree(tree);
    const source = await openSource(folder);
    const at = source.files.findIndex((f) => f.path === 'a/one.txt');
    const before = await source.stamp(at);
    await writeFile(path.join(folder, 'a/one.txt'), 'another');
    expect(await source.stamp(at)).not.toBe(before);
  });
});

describe('a folder', () => {
  const linked = async (): Promise<string> => {
    const outside = await writeTree({ 'secret.txt': 'secret' });
    const folder = await writeTree({ 'a/real.txt': 'real', 'b/more/deep.txt': 'deep' });
    await symlink(path.join(outside, 'secret.txt'), path.join(folder, 'a/out.txt'));
    await symlink('../a/real.txt', path.join(folder, 'a/in.txt'));
    await symlink('in.txt', path.join(folder, 'a/chain.txt'));
    await symlink('nowhere', path.join(folder, 'a/broken.txt'));
    await symlink('self', path.join(folder, 'a/self'));
    await symlink(outside, path.join(folder, 'a/folder'));
    await symlink('../b/more', path.join(folder, 'a/inside'));
    await symlink('..', path.join(folder, 'a/up'));
    return folder;
  };
  const faultsOf = (source: FileSource): Record<string, string | undefined> =>
    Object.fromEntries(source.files.map((f) => [f.path, f.fault]));
  const always = {
    'a/broken.txt': 'a link to nothing',
    'a/real.txt': undefined,
    'a/self': 'a link that leads to itself',
    'b/more/deep.txt': undefined,
  };

  it('follows links at any level, and names those that lead nowhere, round in a circle or out', async () => {
    const folder = await linked();
    const source = await openSource(folder);
    expect(faultsOf(source)).toEqual({
      ...always,
      'a/chain.txt': undefined,
      'a/folder/secret.txt': undefined,
      'a/in.txt': undefined,
      'a/inside/deep.txt': undefined,
      'a/out.txt': undefined,
    });
    expect(source.leftOut).toEqual([{ path: 'a/up', reason: 'a link into a folder that it lies in' }]);
    const out = source.files.filter(({ leadsTo }) => leadsTo !== undefined);
    expect(out.map((f) => f.path)).toEqual(['a/folder/secret.txt', 'a/out.txt']);
    expect(new TextDecoder().decode(await source.read(source.files.indexOf(out[0]!)))).toBe('secret');
  });

  it('follows links inside it alone, or none, where that is said', async () => {
    const folder = await linked();
    const out = expect.stringMatching(/^a link that leads out of the dataset, to \//) as string;
    expect(faultsOf(await openSource(folder, 'inside'))).toEqual({
      ...always,
      'a/chain.txt': undefined,
      'a/folder': out,
      'a/in.txt': undefined,
      'a/inside/deep.txt': undefined,
      'a/out.txt': out,
    });
    const refused = faultsOf(await openSource(folder, 'refuse'));
    expect(Object.keys(refused).filter((name) => refused[name] === undefined)).toEqual([
      'a/real.txt',
      'b/more/deep.txt',
    ]);
  });

  it('may be a link itself', async () => {
    const link = path.join(await temporaryFolder(), 'link');
    await symlink(await writeTree({ 'a/1.txt': 'one' }), link);
    for (const links of ['follow', 'inside', 'refuse'] as const)
      expect(await contents(await openSource(link, links))).toEqual({ 'a/1.txt': 'one' });
  });

  it('of links to each other is bounded', async () => {
    const folder = await writeTree(Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`f${i}/`, ''])));
    for (let i = 0; i < 11; i++)
      for (const name of ['x', 'y']) await symlink(`../f${i + 1}`, path.join(folder, `f${i}`, name));
    await expect(openSource(folder)).rejects.toThrow(/more than 100 links lead to its folder .*option links/);
  });

  it('that does not exist is named with a cure', async () => {
    await expect(openSource('/no/such/folder')).rejects.toThrow(
      /\/no\/such\/folder.*nothing at \/no\/such\/folder\. Relative paths/,
    );
  });
});

describe('a tar', () => {
  it('of the GNU kind, with long names, reads the same', async () => {
    const name = 'x'.repeat(150);
    const block = Buffer.from(tarOf([{ path: '././@LongLink', data: `${name}\0` }]).subarray(0, 1024));
    block[156] = 'L'.charCodeAt(0);
    block.fill(' ', 148, 156);
    const sum = block.subarray(0, 512).reduce((a, b) => a + b, 0);
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    const source = await openSource(
      await fileWith(Buffer.concat([block, tarOf([{ path: 'short', data: 'hello' }])])),
    );
    expect(await contents(source)).toEqual({ [name]: 'hello' });
  });

  it('names links and empty files, and the later of two entries of one name counts', async () => {
    const bytes = tarOf([
      { path: 'a/link.png', type: 'SymbolicLink' },
      { path: 'a/hard', type: 'Link' },
      { path: 'a/empty' },
      { path: './a//x', data: 'first' },
      { path: 'a/x', data: 'second' },
    ]);
    const source = await openSource(await fileWith(bytes));
    expect(Object.fromEntries(source.files.map((f) => [f.path, f.fault]))).toEqual({
      'a/link.png': 'a link that leads out of the archive',
      'a/hard': 'a hard link to nothing in the archive',
      'a/empty': 'an empty file',
      'a/x': undefined,
    });
    expect(new TextDecoder().decode(await source.read(3))).toBe('second');
    await source.close();
  });

  it('keeps names apart that are not UTF-8', async () => {
    const bytes = tarOf([
      { path: 'aa/0.jpg', data: 'one' },
      { path: 'bb/0.jpg', data: 'two' },
    ]);
    const named = Buffer.from(bytes);
    for (const [from, to] of [
      ['aa/', [0xd5, 0xc5]], // 张 and 王 in GBK
      ['bb/', [0xcd, 0xf5]],
    ] as const) {
      const at = named.indexOf(from);
      named.set(to, at);
      // The header's checksum: the sum of its bytes, with blanks in its own place.
      named.fill(' ', at + 148, at + 156);
      const sum = named.subarray(at, at + 512).reduce((a, b) => a + b, 0);
      named.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1');
    }
    const source = await openSource(await fileWith(named));
    expect(Object.values(await contents(source))).toEqual(['one', 'two']);
  });

  it('follows links and hard links inside it', async () => {
    const bytes = tarOf([
      { path: 'pool/cat/1.txt', data: 'cat' },
      { path: 'hard.txt', type: 'Link', to: 'pool/cat/1.txt' },
      { path: 'train/cat', type: 'SymbolicLink', to: '../pool/cat' },
      { path: 'train/one.txt', type: 'SymbolicLink', to: 'cat/./1.txt' },
      { path: 'train/loop', type: 'SymbolicLink', to: '../train' },
      { path: 'train/self.txt', type: 'SymbolicLink', to: 'self.txt' },
    ]);
    const source = await openSource(await fileWith(bytes));
    const self = source.files.findIndex(({ path: name }) => name === 'train/self.txt');
    expect(source.files[self]!.fault).toBe('a link that leads to itself');
    expect(source.leftOut).toEqual([{ path: 'train/loop', reason: 'a link into a folder that it lies in' }]);
    const whole = { ...source, files: source.files.filter((_, i) => i !== self) };
    expect(await contents(whole)).toEqual({
      'hard.txt': 'cat',
      'pool/cat/1.txt': 'cat',
      'train/cat/1.txt': 'cat',
      'train/one.txt': 'cat',
    });
    const refused = await openSource(await fileWith(bytes), 'refuse');
    expect(refused.files.flatMap(({ path: name, fault }) => (fault ? [name] : []))).toEqual([
      'train/cat',
      'train/one.txt',
      'train/loop',
      'train/self.txt',
    ]);
    await refused.close();
  });

  it('without its end mark is cut off, and says how many files are whole', async () => {
    const entries = [1, 2, 3].map((i) => ({ path: `a/${i}.txt`, data: 'x'.repeat(600) }));
    const whole = tarOf(entries);
    const cut = whole.subarray(0, whole.length - 1024);
    await expect(openSource(await fileWith(cut))).rejects.toThrow(
      /cut off before its end mark, after 3 whole files; /,
    );
    await expect(openSource(await fileWith(cut.subarray(0, -700)))).rejects.toThrow(
      /cut off in "a\/3.txt", after 2 whole files; download it again/,
    );
    await expect(openSource(await fileWith(gzipSync(cut)))).rejects.toThrow(/cut off before its end mark/);
  });

  it('that others were joined to holds them all', async () => {
    const [one, two] = ['one', 'two'].map((name) => tarOf([{ path: `${name}.txt`, data: name }]));
    const source = await openSource(await fileWith(Buffer.concat([one!, Buffer.alloc(4096), two!])));
    expect(await contents(source)).toEqual({ 'one.txt': 'one', 'two.txt': 'two' });
  });

  it('whose gzip is cut off, or followed by something else, is refused with the cause', async () => {
    const packed = gzipSync(tarOf([{ path: 'a.txt', data: 'x' }]));
    const padded = new Uint8Array([...packed, ...new Uint8Array(4000), ...packed]);
    await expect(openSource(await fileWith(padded))).rejects.toThrow(/something else follows its compressed/);
    const longer = await fileWith(Buffer.concat([packed, Buffer.from('something else')]));
    await expect(openSource(longer)).rejects.toThrow(/something else follows its compressed data; unpack it/);
    await expect(openSource(await fileWith(packed.subarray(0, -20)))).rejects.toThrow(
      /compressed data is cut off/,
    );
    const two = await openSource(await fileWith(Buffer.concat([packed, packed])));
    expect(await contents(two)).toEqual({ 'a.txt': 'x' });
  });

  it.each(['../up', 'a/../../up', '/etc/passwd'])('with the path %s is refused', async (name) => {
    await expect(openSource(await fileWith(tarOf([{ path: name, data: 'x' }])))).rejects.toThrow(
      /leads out of it/,
    );
  });

  it('that is cut off, or none, is refused with a reason', async () => {
    const whole = await packTar(await writeTree(tree));
    await truncate(whole, 100_000);
    await expect(openSource(whole)).rejects.toThrow(/cut off in "(\.\/)?a\/large.bin"/);
    await expect(openSource(await fileWith(Buffer.from('no tar at all '.repeat(100))))).rejects.toThrow(
      /it is a text file/,
    );
    await expect(openSource(await fileWith(Buffer.alloc(2000, 0x81)))).rejects.toThrow(/no tar archive/);
    await expect(openSource(await fileWith(tarOf([{ path: 'a', size: 8e9 }])))).rejects.toThrow(/cut off/);
  });

  it('whose gzip is damaged, or unfolds without bound, is refused', async () => {
    const zipped = gzipSync(tarOf([{ path: 'a', data: 'x'.repeat(3000) }]));
    zipped[zipped.length - 20]! ^= 255;
    await expect(openSource(await fileWith(zipped))).rejects.toThrow(/compressed data is damaged/);
    const bomb = await fileWith(gzipSync(new Uint8Array(5_000_000)));
    await expect(openBytes(bomb, 2 ** 21)).rejects.toThrow(/unfolds to more than 2 MB; unpack it/);
  });

  it('of any bytes is read or refused', async () => {
    const folder = await writeTree({
      'a/one.txt': 'one',
      'b/two.txt': 'two',
      [`a/${'n'.repeat(120)}`]: 'pax',
    });
    const file = path.join(await temporaryFolder(), 'pax.tar');
    await create({ file, cwd: folder }, ['.']);
    const whole = new Uint8Array(await readFile(file));
    const list = async (bytes: Uint8Array): Promise<void> => {
      const memory = {
        length: bytes.length,
        read: (at: number, n: number) => Promise.resolve(bytes.subarray(at, at + n)),
        close: () => Promise.resolve(),
      };
      try {
        for (const { offset, size } of await tarIndex('fuzz', memory))
          expect(offset + size).toBeLessThanOrEqual(bytes.length);
      } catch (error) {
        expect(error).toBeInstanceOf(UnderstoryError);
      }
    };
    await list(whole);
    const damaged = fc.tuple(
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 3 }),
      fc.nat(whole.length),
    );
    const property = fc.asyncProperty(damaged, fc.boolean(), async ([changes, length], isSound) => {
      const bytes = whole.slice(0, length);
      for (const [at, byte] of changes) if (at < length) bytes[at] = byte;
      // With the checksums set right, what lies behind them is reached.
      for (let at = 0; isSound && at + 512 <= length; at += 512) {
        const sum = bytes.subarray(at, at + 512).reduce((a, b, i) => a + (i >= 148 && i < 156 ? 32 : b), 0);
        if (bytes[at + 257] === 117)
          bytes.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, '0')}\0 `), at + 148);
      }
      await list(bytes);
    });
    await fc.assert(property, { numRuns: 300 });
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 2048 }), list));
  });
});

it('a file that is smaller than any tar is told to be none', async () => {
  const root = await writeTree({ 'a.bin': new Uint8Array(100) });
  await expect(openSource(path.join(root, 'a.bin'))).rejects.toThrow(/no tar archive: it is too small/);
});
