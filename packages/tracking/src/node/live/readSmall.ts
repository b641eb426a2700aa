import { openPlain } from './openPlain.ts';

/** A plain file as text; undefined where it is not there, or larger than so many bytes. */
export const readSmall = async (file: string, most: number): Promise<string | undefined> => {
  const handle = await openPlain(file);
  try {
    if (!handle || (await handle.stat()).size > most) return undefined;
    return await handle.readFile('utf8');
  } finally {
    await handle?.close();
  }
};
