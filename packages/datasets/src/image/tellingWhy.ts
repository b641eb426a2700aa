import { UnderstoryError } from '@understory/core';
import { unreadable, type OpenOptions } from './openImage.ts';
import { sharedLock } from './sharedLock.ts';

/** The decoder's reason, or a clearer one where it is known. */
const reasonOf = (error: unknown, { maxPixels }: OpenOptions): string => {
  const reason = error instanceof Error ? (error.message.trim().split('\n').at(-1) ?? '') : String(error);
  if (/pixel limit/.test(reason)) return `it claims more than ${maxPixels} pixels`;
  if (/samples out of range/.test(reason))
    return 'a TIFF of more than 32 bits a channel; convert it to 8 or 16 bits';
  return reason.slice(0, 160);
};

const decoding = sharedLock();

const MAX_TRIES = 20;
/** Time after which no other try is begun, in ms. */
const MAX_TRYING = 500;

/**
 * Works alone. Other threads of the process share the decoder's place for reasons, and may take ours or leave theirs:
 * what it says twice running is believed.
 */
const withReason = <T>(work: () => Promise<T>, options: OpenOptions): Promise<T> =>
  decoding.exclusive(async () => {
    let before = '';
    const began = performance.now();
    for (let tries = 1; ; tries++) {
      try {
        return await work();
      } catch (error) {
        const reason = reasonOf(error, options);
        const isKnown = reason !== '' && !/^unknown error$/i.test(reason);
        if (isKnown && (reason === before || error instanceof UnderstoryError))
          throw unreadable(reason, error);
        const isEnough = tries === MAX_TRIES || performance.now() - began > MAX_TRYING;
        if (isKnown && isEnough) throw unreadable(reason, error);
        if (isEnough) throw unreadable('damaged or cut off; the decoder says no more', error);
        before = reason;
      }
    }
  });

/** Work with the decoder, beside others'; where it fails, with the reason: `bad-image`. */
export const tellingWhy = async <T>(work: () => Promise<T>, options: OpenOptions): Promise<T> => {
  try {
    return await decoding.shared(work);
  } catch {
    // The decoder has one place for reasons: of images that fail together some get another's, or none. Alone it tells.
    return await withReason(work, options);
  }
};
