import { isSystemFault, systemReason, UnderstoryError } from '@understory/core';
import { readFramedImage, type FramedImage } from '@understory/datasets';
import type { RunInfo } from '../run/runInfo.ts';
import { inputFileFault } from '../paths.ts';

/** Images that are decoded at a time, and held in memory. */
const AT_A_TIME = 8;

export interface Decoded extends FramedImage {
  readonly file: string;
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

/** What of a run's data decides how a picture becomes a network's image. */
type Framing = Pick<RunInfo['dataset'], 'size' | 'fit' | 'sides' | 'canvases' | 'normalization'>;

const decode = async (
  file: string,
  { size, normalization: { mean }, fit = 'cover', sides, canvases }: Framing,
): Promise<Decoded | NotDecoded> => {
  const problem = inputFileFault(file);
  if (problem !== undefined) return { file, problem };
  try {
    return { file, ...(await readFramedImage(file, size, { mean, fit, sides, canvases })) };
  } catch (error) {
    return { file, problem: reasonOf(error) };
  }
};

/** Image files in their order, as a network takes them; what cannot be read comes with its reason. */
export async function* decodeImages(
  files: readonly string[],
  data: Framing,
): AsyncGenerator<Decoded | NotDecoded> {
  for (let at = 0; at < files.length; at += AT_A_TIME) {
    yield* await Promise.all(files.slice(at, at + AT_A_TIME).map((file) => decode(file, data)));
  }
}
