import { UnderstoryError } from '@understory/core';
import { errnoOf } from '@understory/core/node';
import type { Target } from './target.ts';

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const CLOSED = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOENT', 'ELOOP', 'ENAMETOOLONG']);
const ELSEWHERE = 'set UNDERSTORY_CACHE to a folder';
export const size = (bytes: number): string =>
  bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`;

export const diskFull = (folder: string, needed: number, free?: number, cause?: unknown): UnderstoryError =>
  new UnderstoryError(
    'disk-full',
    `The disk of ${folder} is full: the engine needs ${size(needed)} there` +
      `${free === undefined ? '' : `, and ${size(free)} are free`}. Free some, or ${ELSEWHERE} on another disk.`,
    { cause },
  );

export const cacheClosed = (folder: string, cause: unknown): UnderstoryError =>
  new UnderstoryError(
    'cache-not-writable',
    `The engine's cache ${folder} cannot be written (${errnoOf(cause) ?? String(cause)}). ` +
      `Make it writable, or ${ELSEWHERE} that is.`,
    { cause },
  );

/** An error of the file system, told with what to do about it; any other error as it is. */
export const explainSystem = (error: unknown, folder: string, target: Target): unknown => {
  const code = errnoOf(error);
  if (error instanceof UnderstoryError || code === undefined) return error;
  if (FULL.has(code)) return diskFull(folder, target.diskBytes, undefined, error);
  return CLOSED.has(code) ? cacheClosed(folder, error) : error;
};

export const noPip = (): UnderstoryError =>
  new UnderstoryError(
    'no-pip',
    'Python 3 with pip is needed to fetch TensorFlow, and neither `python3 -m pip` nor `pip` runs here. ' +
      'Install it (Debian: `apt install python3-pip`; macOS: `brew install python`), then run `understory engine install`.',
  );

/** `because` is what is wrong with addons that are compiled already; null where there are none. */
export const noCompiler = (because: string | null = null): UnderstoryError =>
  new UnderstoryError(
    'no-compiler',
    `A C++ compiler is needed to link TensorFlow${because === null ? '' : `, for ${because}`}, and none of g++, clang++ and c++ runs here. ` +
      'Install one (Debian: `apt install g++`; macOS: `xcode-select --install`) or name yours in CXX, ' +
      'then run `understory engine install`.',
  );

const OFFLINE =
  /NewConnectionError|NameResolutionError|Failed to establish a new connection|Temporary failure in name resolution|Network is unreachable|ConnectTimeoutError|ProxyError|Max retries exceeded|SSLError|CERTIFICATE_VERIFY_FAILED/;
// Older pips take a download that broke off for whole, and find out when they look into it.
const BROKEN =
  /IncompleteRead|Connection broken|ReadTimeoutError|ConnectionResetError|incomplete-download|HASHES|BadZipFile|has an invalid wheel|Wheel .* is invalid/;

/** Whether the same call may succeed a moment later: the connection broke in the middle. */
export const isBroken = (stderr: string): boolean => BROKEN.test(stderr) && !OFFLINE.test(stderr);

/** Why pip could not fetch something, from what it said. */
export const pipFailure = (stderr: string, folder: string, target: Target): UnderstoryError => {
  if (/No space left on device|Disk quota exceeded|File too large/.test(stderr)) {
    return diskFull(folder, target.diskBytes);
  }
  const said = stderr.trim().split('\n').slice(-6).join('\n');
  if (OFFLINE.test(stderr)) {
    return new UnderstoryError(
      'no-network',
      `pip could not reach its package index to fetch ${target.requirement}. Check the network and pip's settings ` +
        `(\`pip config list\`, PIP_INDEX_URL, HTTPS_PROXY, PIP_CERT), then run \`understory engine install\` again. pip said:\n${said}`,
    );
  }
  if (/No matching distribution found/.test(stderr)) {
    return new UnderstoryError(
      'no-wheel',
      `pip's package index has no ${target.requirement} for ${target.tag}. ` +
        `See \`pip config list\` for the index that it asks. pip said:\n${said}`,
    );
  }
  const again = BROKEN.test(stderr)
    ? ' The connection broke each time; run `understory engine install` again.'
    : '';
  return new UnderstoryError(
    'download-failed',
    `pip could not fetch ${target.requirement}.${again} pip said:\n${said}`,
  );
};
