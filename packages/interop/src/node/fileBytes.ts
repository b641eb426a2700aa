import { readdir, readFile, stat } from 'node:fs/promises';
import { UnderstoryError } from '@understory/core';
import { listed } from '../errors.ts';

const badPath = (path: string, what: string, cause: unknown): UnderstoryError =>
  new UnderstoryError('bad-weights', `${path} ${what}`, { cause });

/** What a folder is, given in place of a weights file. */
const folderKind = async (folder: string): Promise<string> => {
  const names = await readdir(folder).catch((): string[] => []);
  if (names.includes('saved_model.pb')) {
    return (
      'is the folder of a TensorFlow SavedModel. Load it in Keras, model.save("model.h5"), convert that with ' +
      'tensorflowjs_converter --input_format=keras, and read its model.json with readLayersModel().'
    );
  }
  if (names.includes('checkpoints')) return "is a run's folder. Give checkpoints/best.safetensors in it.";
  const weights = names.filter((name) => /\.(?:safetensors|pth?|bin|ckpt)$/.test(name)).sort();
  if (weights.length > 0) return `is a folder. Give the weights file in it: ${listed(weights, 3)}.`;
  return 'is a folder without weights files in it. Give the path of a .safetensors, .pt or .pth file.';
};

const REASONS: Readonly<Record<string, string>> = {
  ENOTDIR: 'leads through a file. Give the path of a weights file.',
  EACCES: 'may not be read. Give yourself the right to: chmod u+r.',
  EPERM: 'may not be read. Give yourself the right to: chmod u+r.',
  ERR_FS_FILE_TOO_LARGE: 'has more than 2 GB. Save the weights alone, in half precision or in parts.',
};

/** Reading a pipe would wait for ever where nobody writes into it. */
const checkKind = async (path: string): Promise<void> => {
  const found = await stat(path).catch(() => undefined);
  if (found && !found.isFile() && !found.isDirectory())
    throw badPath(path, 'is a device or a pipe. Give the path of a weights file.', undefined);
};

/** A weights file's bytes. Errors: `bad-weights` for a folder, a pipe, a missing or unreadable file. */
export const fileBytes = async (path: string): Promise<Uint8Array> => {
  await checkKind(path);
  try {
    return await readFile(path);
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT')
      throw new UnderstoryError('bad-weights', `No file at ${path}. Give the path of a weights file.`, {
        cause,
      });
    if (code === 'EISDIR') throw badPath(path, await folderKind(path), cause);
    throw badPath(path, REASONS[code] ?? `cannot be read: ${message}.`, cause);
  }
};
