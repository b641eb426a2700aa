import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { seedOf, type DatasetRequest } from '@understory/core';
import { create } from 'tar';
import { afterAll } from 'vitest';

/** A fresh folder, removed when the test file ends. */
export const temporaryFolder = async (): Promise<string> => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'understory-datasets-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

/** Writes files by relative path; a path that ends with `/` makes an empty folder. */
export const writeTree = async (files: Readonly<Record<string, Uint8Array | string>>): Promise<string> => {
  const root = await temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    const at = path.join(root, name);
    await mkdir(name.endsWith('/') ? at : path.dirname(at), { recursive: true });
    if (!name.endsWith('/')) await writeFile(at, content);
  }
  return root;
};

/** Packs a folder's content as a tar, or a tar.gz. */
export const packTar = async (folder: string, gzip = false): Promise<string> => {
  const file = path.join(await temporaryFolder(), gzip ? 'images.tar.gz' : 'images.tar');
  await create({ file, cwd: folder, gzip, portable: true }, ['.']);
  return file;
};

export const request = (seed = 1, progress?: DatasetRequest['progress']): DatasetRequest => ({
  seed: seedOf(seed),
  ...(progress && { progress }),
});
