import { stat } from 'node:fs/promises';
import { decodeLook, type Look } from '@understory/report/node';
import { readSmall, runFiles } from '@understory/tracking/node';

/** Larger looks are not read: no run writes one. */
const MOST = 32 * 1024 * 1024;
/** Looks that are kept, of those runs that were asked for last; larger ones are read anew each time. */
const KEPT = 12;
const MOST_KEPT = 4 * 1024 * 1024;

/** Gives what a run kept to be looked at, by its folder. */
export type LookOf = (folder: string) => Promise<Look>;

/** What a run kept to be looked at; nothing where it kept none, or none that can be read. */
const readLook = async (file: string): Promise<Look> => {
  try {
    const text = await readSmall(file, MOST);
    return text === undefined ? {} : decodeLook(text);
  } catch {
    return {};
  }
};

/** Whether a look changed, in a few bytes; undefined where it is none to keep. */
const markOf = (file: string): Promise<string | undefined> =>
  stat(file).then(
    ({ size, mtimeMs, ino }) => (size > MOST_KEPT ? undefined : `${size} ${mtimeMs} ${ino}`),
    () => undefined,
  );

/** Reads looks, and those that did not change once. */
export const runLooks = (): LookOf => {
  const kept = new Map<string, { readonly mark: string; readonly look: Promise<Look> }>();
  return async (folder) => {
    const file = runFiles(folder).look;
    const mark = await markOf(file);
    const known = kept.get(folder);
    kept.delete(folder);
    if (mark === undefined) return readLook(file);
    const look = known?.mark === mark ? known.look : readLook(file);
    kept.set(folder, { mark, look });
    for (const oldest of [...kept.keys()].slice(0, -KEPT)) kept.delete(oldest);
    return look;
  };
};
