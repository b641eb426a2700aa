import { UnderstoryError } from '@understory/core';
import type sharp from 'sharp';

/** Code of the error where sharp is missing, or not made for this machine: no image is at fault then. */
export const NO_DECODER = 'no-decoder';

const load = async (): Promise<typeof sharp> => {
  const { default: loaded } = await import('sharp').catch((error: unknown) => {
    const why = error instanceof Error ? error.message.trim() : String(error);
    throw new UnderstoryError(NO_DECODER, `sharp, which decodes images, cannot be loaded: ${why}`, {
      cause: error,
    });
  });
  // One image uses one thread, several are in flight; nothing is kept between images.
  loaded.concurrency(1);
  loaded.cache(false);
  return loaded;
};

let once: ReturnType<typeof load> | undefined;

/**
 * sharp, set up for many images at a time. Loaded when it is first asked for, since that takes 0.1 s of a processor, and most
 * commands read no image. Errors: `no-decoder`, with what sharp or Node says of it.
 */
export const loadSharp = (): Promise<typeof sharp> => (once ??= load());
