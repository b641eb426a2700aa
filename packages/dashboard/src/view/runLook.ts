import { decodeLook, type Look } from '@understory/report/node';
import { readSmall, runFiles } from '@understory/tracking/node';

/** Larger looks are not read: no run writes one. */
const MOST = 32 * 1024 * 1024;

/** What a run kept to be looked at; nothing where it kept none, or none that can be read. */
export const runLook = async (folder: string): Promise<Look> => {
  const text = await readSmall(runFiles(folder).look, MOST).catch(() => undefined);
  try {
    return text === undefined ? {} : decodeLook(text);
  } catch {
    return {};
  }
};
