import type { IncomingMessage } from 'node:http';
import { UnderstoryError } from '@understory/core';

export interface RequestOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** A connection on which nothing moves for so long is cut, in ms. */
  readonly stall: number;
}

/** A server's answer, whose body is not read yet. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: IncomingMessage;
}

const MOST_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

const addressOf = (text: string, base?: URL): URL => {
  const url = URL.canParse(text, base) ? new URL(text, base) : undefined;
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw new UnderstoryError(
    'bad-address',
    `${text.slice(0, 200)} is no address of http or https. Give another one.`,
  );
};

class Stalled extends Error {
  constructor(ms: number) {
    super(`nothing came for ${Math.ceil(ms / 1000)} s`);
  }
}

/** One answer, whatever its status. Rejects with what broke the connection. */
const ask = async (url: URL, { headers, signal, stall }: RequestOptions): Promise<Answer> => {
  const { request: over } = await (url.protocol === 'https:' ? import('node:https') : import('node:http'));
  return new Promise((resolve, reject) => {
    // Bytes are wanted as they lie there: a compressed answer would be another file.
    const sent = over(url, {
      headers: { 'accept-encoding': 'identity', ...headers },
      signal,
      timeout: stall,
    });
    sent.on('error', reject);
    sent.on('timeout', () => sent.destroy(new Stalled(stall)));
    sent.on('response', (body) => {
      sent.on('timeout', () => body.destroy(new Stalled(stall)));
      resolve({ status: body.statusCode ?? 0, headers: body.headers, body });
    });
    sent.end();
  });
};

/**
 * Asks for an address, follows up to five redirects, and gives the answer. Errors: `bad-address`, `redirects`; what the
 * system says of the connection.
 */
export const request = async (address: string, options: RequestOptions): Promise<Answer> => {
  let url = addressOf(address);
  for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
    const answer = await ask(url, options);
    const { location } = answer.headers;
    if (!REDIRECTS.has(answer.status) || location === undefined) return answer;
    answer.body.destroy();
    url = addressOf(location, url);
  }
  throw new UnderstoryError(
    'redirects',
    `${address.slice(0, 200)} leads on more than ${MOST_REDIRECTS} times. Open it in a browser, and give the last address with --from.`,
  );
};
