import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { DATASET, type AnyPlugin } from '@understory/core';
import { create } from 'tar';
import { describe, expect, it } from 'vitest';
import { datasetPlugins } from '../plugins.ts';
import { temporaryFolder } from '../testing/temporary.test.support.ts';
import type { OfficialFile, Preparation } from './officialDataset.ts';
import { OFFICIAL, officialOfPlugin } from './official.ts';
import { isPrepared, prepareFile } from './prepareFile.ts';

const all = [...OFFICIAL.values()];
const pluginOf = (name: string): AnyPlugin | undefined =>
  datasetPlugins.find((one) => one.token.key === DATASET.key && one.name === name);

describe('the table of official datasets', () => {
  it.each(all)('names for $name a plugin that takes its options', ({ plugin, options, root }) => {
    const found = pluginOf(plugin);
    expect(found).toBeDefined();
    expect(() => found?.options.parse({ root: root || 'here', ...options })).not.toThrow();
  });

  it.each(all)('says of $name where, on which terms, and by what its files are known', (one) => {
    expect(one.terms.length).toBeGreaterThan(20);
    expect(one.page).toMatch(/^https?:\/\/\S+$/);
    expect(one.classes.length).toBeGreaterThan(0);
    expect(one.files.length).toBeGreaterThan(0);
    for (const { name, url, bytes, digest } of one.files) {
      expect(url).toMatch(/^https?:\/\/\S+$/);
      expect(url.endsWith(`/${name}`)).toBe(true);
      expect(Number.isSafeInteger(bytes) && bytes > 0).toBe(true);
      expect(digest.hex).toMatch(digest.algorithm === 'md5' ? /^[0-9a-f]{32}$/ : /^[0-9a-f]{64}$/);
      expect(digest.from).not.toBe('');
    }
  });

  it.each(all)('has for $name a root that its files bring', ({ root, files }) => {
    const made = files.flatMap(({ name, then }) =>
      then === undefined ? [name] : then === 'gunzip' ? [] : [then.unpackInto || 'VOCdevkit'],
    );
    expect(['', ...made]).toContain(root);
  });

  it('agrees with itself where all classes have as many images', () => {
    for (const { perClass = {}, images, classes } of all)
      for (const split of ['train', 'validation', 'test'] as const)
        if (perClass[split] !== undefined) expect(perClass[split] * (classes[0] ?? 0)).toBe(images[split]);
  });

  it('is found by plugins that read one dataset alone', () => {
    expect(officialOfPlugin('cifar100')?.title).toBe('CIFAR-100');
    expect(officialOfPlugin('voc')).toBeUndefined();
    expect(officialOfPlugin('images')).toBeUndefined();
  });
});

describe('what is done to a fetched archive', () => {
  const options = { signal: new AbortController().signal, progress: () => undefined };
  const tarred = async (folder: string): Promise<Uint8Array> => {
    await mkdir(path.join(folder, 'set', 'a'), { recursive: true });
    await writeFile(path.join(folder, 'set', 'a', 'one.txt'), 'one');
    await writeFile(path.join(folder, 'set', 'empty.txt'), '');
    await create({ cwd: folder, file: path.join(folder, 'set.tar') }, ['set']);
    return readFile(path.join(folder, 'set.tar'));
  };
  const fileOf = (name: string, bytes: Uint8Array, then?: Preparation): OfficialFile => ({
    ...{ name, url: `https://example.org/${name}`, bytes: bytes.length, ...(then && { then }) },
    digest: { algorithm: 'md5', hex: createHash('md5').update(bytes).digest('hex'), from: 'its authors' },
  });

  it.each([
    ['', 0],
    [', with zeros behind it', 50],
  ])('makes a .tar of a .tgz, in whose place it lies%s', async (_, zeros) => {
    const folder = await temporaryFolder();
    const tar = await tarred(folder);
    const into = path.join(folder, 'into');
    await mkdir(into);
    const packed = Buffer.concat([gzipSync(tar), Buffer.alloc(zeros)]);
    await writeFile(path.join(into, 'set.tgz'), packed);
    const file = fileOf('set.tgz', packed, 'gunzip');
    expect(await isPrepared(file, into)).toBe(false);
    await prepareFile(file, into, options);
    expect(await readdir(into)).toEqual(['set.tar']);
    expect(await readFile(path.join(into, 'set.tar'))).toEqual(Buffer.from(tar));
    expect(await isPrepared(file, into)).toBe(true);
  });

  it('stops unfolding what is much larger than pictures are, and keeps the archive', async () => {
    const folder = await temporaryFolder();
    const bomb = gzipSync(new Uint8Array(2 ** 25));
    await writeFile(path.join(folder, 'set.tgz'), bomb);
    await expect(prepareFile(fileOf('set.tgz', bomb, 'gunzip'), folder, options)).rejects.toMatchObject({
      code: 'bad-archive',
    });
    expect(await readdir(folder)).toEqual(['set.tgz']);
  });

  it('unpacks what its plugin reads side by side only, also over a half of it', async () => {
    const folder = await temporaryFolder();
    const tar = await tarred(folder);
    const into = path.join(folder, 'into');
    await mkdir(path.join(into, 'kit', 'set'), { recursive: true });
    await writeFile(path.join(into, 'kit', 'set', 'empty.txt'), 'half');
    await writeFile(path.join(into, 'set.tar'), tar);
    const file = fileOf('set.tar', tar, { unpackInto: 'kit' });
    await prepareFile(file, into, options);
    expect(await readdir(into)).toEqual(['.set.tar.unpacked', 'kit']);
    expect(await readFile(path.join(into, 'kit', 'set', 'a', 'one.txt'), 'utf8')).toBe('one');
    expect(await readFile(path.join(into, 'kit', 'set', 'empty.txt'), 'utf8')).toBe('');
    expect(await isPrepared(file, into)).toBe(true);
  });

  it('leaves an archive that is read in place as it is', async () => {
    const folder = await temporaryFolder();
    const tar = await tarred(folder);
    await prepareFile(fileOf('set.tar', tar), folder, options);
    expect(await readFile(path.join(folder, 'set.tar'))).toEqual(Buffer.from(tar));
  });
});
