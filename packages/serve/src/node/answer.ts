import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Refusal } from './refusal.ts';

export const send = (response: ServerResponse, status: number, type: string, text: string): void => {
  if (response.writableEnded || response.destroyed) return;
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(text);
};

export const sendJson = (response: ServerResponse, status: number, value: object): void => {
  send(response, status, 'application/json; charset=utf-8', `${JSON.stringify(value)}\n`);
};

/** How long what is still sent is thrown away, so that who sends it can read the answer first: milliseconds. */
const DRAIN = 500;

/** Answers with a refusal; a body that was not read is let go, and its connection ends soon. */
export const sendRefusal = (
  request: IncomingMessage,
  response: ServerResponse,
  { status, code, message, closes }: Refusal,
): void => {
  if (closes) response.setHeader('connection', 'close');
  if (status === 503) response.setHeader('retry-after', '1');
  sendJson(response, status, { error: code, message });
  if (!closes || request.complete) return;
  request.resume();
  setTimeout(() => request.destroy(), DRAIN).unref();
};
