import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Access } from './limits.ts';
import { Refusal } from './refusal.ts';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Errors: `Refusal` 401. */
export const checkToken = ({ headers }: IncomingMessage, { token }: Access): void => {
  if (token === undefined) return;
  const given = headers.authorization ?? '';
  // Digests are of one length, so the comparison tells nothing of the token by its time.
  if (timingSafeEqual(digest(given), digest(`Bearer ${token}`))) return;
  throw new Refusal(401, 'token', 'Send the token as "Authorization: Bearer <token>".', true);
};

/** What browsers ask for before they hand an answer to a page of another origin. */
export const allowOrigin = (response: ServerResponse, { origin }: Access): void => {
  if (origin === undefined) return;
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-allow-headers', 'authorization, content-type');
  response.setHeader('vary', 'origin');
};
