import { shownPath, UnderstoryError } from '@understory/core';

/** What a status means, for those that another try does not change. */
const STATUSES: Readonly<Record<number, string>> = {
  401: 'it asks for an account',
  403: 'it refuses to give it',
  404: 'there is no such file',
  410: 'the file was taken away',
};

/** An answer that is no file: for good (401, 404, …: `download`), or worth another try (500, 503, 429). */
export const badAnswer = (address: string, status: number): Error => {
  const meaning = STATUSES[status] ?? (status >= 400 && status < 500 ? 'it refuses' : undefined);
  const isPassing = status === 408 || status === 425 || status === 429 || meaning === undefined;
  if (isPassing) return new Error(`the server answers ${status}`);
  return new UnderstoryError(
    'download',
    `${shownPath(address)} cannot be fetched: the server answers ${status}, ${meaning}. Look at the dataset's page, or give a mirror's address or a folder with --from.`,
  );
};

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the server refuses the connection',
  ECONNRESET: 'the server ended the connection',
  EAI_AGAIN: 'its name cannot be looked up now',
  ENOTFOUND: 'there is no server of this name',
  ENETUNREACH: 'this machine has no way to it',
  EHOSTUNREACH: 'this machine has no way to it',
  ETIMEDOUT: 'the server does not answer',
};

const PROXIES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'];

/** Node 24 asks proxies where NODE_USE_ENV_PROXY says so; before that, none. */
const proxyNote = (): string =>
  PROXIES.some((name) => (process.env[name] ?? '') !== '') && process.env['NODE_USE_ENV_PROXY'] !== '1'
    ? ' (your proxy is asked by Node 24 with NODE_USE_ENV_PROXY=1 alone)'
    : '';

/** Why a connection broke, in half a sentence; what another try does not mend, or is no matter of connections, is thrown. */
export const connectionFault = (error: unknown, address: string): string => {
  if (error instanceof UnderstoryError) throw error;
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'ENOSPC' || code === 'EACCES' || code === 'EROFS' || code === 'EDQUOT') throw error;
  const { hostname } = new URL(address);
  const reason = REASONS[code] ?? (error.message === 'aborted' ? 'the connection was cut' : error.message);
  return `${hostname}: ${reason}${proxyNote()}`;
};
