import { isSystemFault, systemReason, UnderstoryError } from '@understory/core';
import { readImage } from '@understory/datasets';
import { inputFileFault } from '../paths.ts';

/** Images that are decoded at a time, and held in memory. */
const AT_A_TIME = 8;

export interface Decoded {
  readonly file: string;
  /** [H, W, 3] */
  readonly pixels: Uint8Array;
}

export interface NotDecoded {
  readonly file: string;
  /** Why, in a sentence. */
  readonly problem: string;
}

const reasonOf = (error: unknown): string => {
  if (error instanceof UnderstoryError) return error.message;
  if (isSystemFault(error)) return systemReason(error);
  throw error;
};

const decode = async (file: string, size: readonly [number, number]): Promise<Decoded | NotDecoded> => {
  const problem = inputFileFault(file);
  if (problem !== undefined) return { file, problem };
  try {
    return { file, pixels: await readImage(file, size) };
  } catch (error) {
    return { file, problem: reasonOf(error) };
  }
};

/** Image files in their order, as a network takes them; what cannot be read comes with its reason. */
export async function* decodeImages(
  files: readonly string[],
  size: readonly [number, number],
): AsyncGenerator<Decoded | NotDecoded> {
  for (let at = 0; at < files.length; at += AT_A_TIME) {
    yield* await Promise.all(files.slice(at, at + AT_A_TIME).map((file) => decode(file, size)));
  }
}
