import { writeFile } from 'node:fs/promises';
import { fileError } from '@understory/core';
import type { Sharp } from 'sharp';

/** Writes a picture; one that is there is replaced only where it may be. Errors: `write-failed`. */
export const writePicture = async (picture: Sharp, file: string, overwrite: boolean): Promise<void> => {
  const bytes = await picture.toBuffer();
  await writeFile(file, bytes, { flag: overwrite ? 'w' : 'wx' }).catch((error: unknown) => {
    throw fileError('write', file, error);
  });
};
