import { lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { cut, fileError, isSystemFault, UnderstoryError } from '@understory/core';
import { openPredictor } from '@understory/runs';
import { serve as startServer } from '@understory/serve/node';
import { interruptible } from '../interrupt.ts';
import { say } from '../output/voice.ts';

interface ServeCommandOptions {
  readonly host: string;
  readonly port: number;
  readonly batch: number;
  readonly top?: number;
  /** Images that wait, at most. */
  readonly queue: number;
  /** MB of a request's body. */
  readonly body: number;
  /** Millions of pixels of a picture. */
  readonly pixels: number;
  readonly connections: number;
  readonly tokenFile?: string;
  readonly origin?: string;
}

/** A token in the environment: a command line is seen by every user of a machine. */
const TOKEN = 'UNDERSTORY_TOKEN';

/** A token that nobody guesses, and that a header can hold. Errors: `token`, which names where it is from. */
const checkedToken = (text: string, from: string): string => {
  const token = text.trim();
  if (!/^[\x21-\x7e]*$/.test(token))
    throw new UnderstoryError(
      'token',
      `${from} holds no token: that is one word of letters, digits and signs of ASCII.`,
    );
  if (token.length >= 16) return token;
  throw new UnderstoryError(
    'token',
    `${from} holds a token of ${token.length} characters. Take at least 16.`,
  );
};

const tokenOf = async (file: string | undefined): Promise<string | undefined> => {
  const given = process.env[TOKEN];
  if (file === undefined) return given === undefined ? undefined : checkedToken(given, TOKEN);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw isSystemFault(error) ? fileError('read', file, error) : error;
  });
  return checkedToken(text, file);
};

/** Before anything is loaded: who cannot listen there need not wait for TensorFlow. */
const checkHost = async (host: string): Promise<void> => {
  await lookup(host).catch(() => {
    throw new UnderstoryError(
      'host',
      `--host ${cut(host, 60)} is no address. Give one of this machine, or 0.0.0.0 for all of them.`,
    );
  });
};

const checkOrigin = (origin: string | undefined): void => {
  if (origin === undefined || (URL.canParse(origin) && new URL(origin).origin === origin)) return;
  throw new UnderstoryError(
    'origin',
    `--origin ${cut(origin, 60)} is no origin of pages. Write scheme and host alone: https://example.org`,
  );
};

const LOCAL = new Set(['127.0.0.1', '::1', 'localhost']);

const sayWhoMayAsk = (host: string, token: string | undefined): void => {
  if (LOCAL.has(host) || token !== undefined) return;
  say(`Everybody who reaches ${host} may ask: set ${TOKEN} or --token-file, or leave --host out.`);
};

const faultText = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

/** `understory serve <run or export>`: answers about pictures over HTTP until a signal comes. */
export const serve = async (folder: string, options: ServeCommandOptions): Promise<void> => {
  const { host, port, batch, top, queue, body, pixels, connections, tokenFile, origin } = options;
  const token = await tokenOf(tokenFile);
  checkOrigin(origin);
  await checkHost(host);
  const predictor = await openPredictor({ folder, batch, pixels: pixels * 1e6, top, say });
  const limits = { queue, connections, body: body * 2 ** 20 };
  const { signal, release } = interruptible(
    'Stopping: what is under way is answered. Ctrl-C again stops at once.',
  );
  try {
    const serving = await startServer({
      ...{ predictor, host, port, token, origin, limits },
      onFault: (error) => {
        process.stderr.write(`${faultText(error)}\n`);
      },
    });
    sayWhoMayAsk(host, token);
    const { name, task, runtime } = predictor.info;
    process.stdout.write(`${serving.url}/predict: ${name}, ${task}; ${runtime}.\n`);
    await new Promise<void>((done) => {
      if (signal.aborted) done();
      else
        signal.addEventListener(
          'abort',
          () => {
            done();
          },
          { once: true },
        );
    });
    await serving.stop();
    process.exitCode = 0;
  } finally {
    release();
    await predictor.close();
  }
};
