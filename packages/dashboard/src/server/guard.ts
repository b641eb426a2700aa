import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** What a request must show to be answered. */
export interface Guard {
  /** Of the page's address. */
  readonly token: string;
  readonly port: number;
}

const same = (a: string, b: string): boolean => {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
};

/** The names under which this server is asked for: a page elsewhere that resolves its own name to this machine has another. */
const hostsOf = (port: number): readonly string[] => [`127.0.0.1:${port}`, `localhost:${port}`];

const tokenOf = ({ headers }: IncomingMessage, url: URL): string => {
  const given = headers.authorization;
  return given?.startsWith('Bearer ') === true ? given.slice(7) : (url.searchParams.get('token') ?? '');
};

/** Why a request is not answered, as a status and a sentence; undefined where it may be. */
export const refusalOf = (
  request: IncomingMessage,
  url: URL,
  { token, port }: Guard,
): readonly [status: number, why: string] | undefined => {
  const { host = '', origin, 'sec-fetch-site': site } = request.headers;
  if (!hostsOf(port).includes(host)) return [403, 'This server answers to its own address alone.'];
  if (origin !== undefined && origin !== `http://${host}`)
    return [403, 'Pages of other origins are not answered.'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    return [403, 'Pages of other sites are not answered.'];
  if (request.method === 'POST' && origin === undefined)
    return [403, 'Only the page itself may ask for that.'];
  if (!same(tokenOf(request, url), token))
    return [401, 'The address lacks its token. Open the one that `understory dashboard` printed.'];
  return undefined;
};
