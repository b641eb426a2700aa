import type { IncomingMessage } from 'node:http';
import type { Limits } from './limits.ts';
import { gone, Refusal } from './refusal.ts';

/** Bytes that all requests together hold. */
export interface Memory {
  held: number;
}

const tooLarge = (most: number): Refusal =>
  new Refusal(
    413,
    'too-large',
    `The body has more than ${most} bytes. Send smaller pictures, or fewer at once.`,
    true,
  );

const busy = (): Refusal =>
  new Refusal(503, 'busy', 'The server holds as many pictures as it can. Try again in a second.', true);

/** Refuses what says beforehand that it is too large. */
const checkAnnounced = ({ headers }: IncomingMessage, { body }: Limits): void => {
  const length = Number(headers['content-length'] ?? 0);
  if (length > body) throw tooLarge(body);
};

/**
 * Reads a request's body, and counts it in `memory` until `release` is called. Errors: `Refusal` 413 and 503; `gone` where who
 * sent it hung up.
 */
export const readBody = async (
  request: IncomingMessage,
  limits: Limits,
  memory: Memory,
): Promise<{ readonly bytes: Uint8Array; readonly release: () => void }> => {
  checkAnnounced(request, limits);
  const parts: Buffer[] = [];
  let length = 0;
  const release = (): void => {
    memory.held -= length;
    length = 0;
  };
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      length += part.length;
      memory.held += part.length;
      if (length > limits.body) throw tooLarge(limits.body);
      if (memory.held > limits.memory) throw busy();
      parts.push(part);
    }
    return { bytes: Buffer.concat(parts), release };
  } catch (error) {
    release();
    if (error instanceof Refusal) throw error;
    throw gone('The request ended before its body did.');
  }
};
