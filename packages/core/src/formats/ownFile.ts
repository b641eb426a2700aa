import { UnderstoryError } from '../errors.ts';
import { decodeSafetensors, type Safetensors } from './safetensors.ts';

/** Decodes a file that this software wrote. `source` says in errors which one it is. */
export const decodeOwn = (bytes: Uint8Array, source: string): Safetensors => {
  try {
    return decodeSafetensors(bytes);
  } catch (error) {
    if (!(error instanceof UnderstoryError)) throw error;
    throw new UnderstoryError(error.code, `${source}: ${error.message}`, { cause: error });
  }
};

/** JSON in a file's metadata, of the shape that `fits` knows; undefined where it is damaged. */
export const parsedAs = <T>(
  text: string | undefined,
  fits: (value: unknown) => value is T,
): T | undefined => {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return fits(value) ? value : undefined;
  } catch {
    return undefined;
  }
};
