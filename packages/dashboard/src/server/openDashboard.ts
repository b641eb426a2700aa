import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { UnderstoryError } from '@understory/core';
import type { Actions } from './actions.ts';
import { answers } from './answers.ts';
import { refusalOf } from './guard.ts';
import type { Answer } from './answer.ts';
import { respond } from './respond.ts';

export type { Actions } from './actions.ts';

export interface DashboardSettings {
  /** Folder below which runs are. */
  readonly runs: string;
  /** 0 for any that is free. */
  readonly port?: number;
  readonly actions?: Actions;
  /** Called for each request that is answered. */
  readonly onRequest?: () => void;
}

export interface Dashboard {
  /** The page's address, its token included. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

const HOST = '127.0.0.1';

const listening = (server: ReturnType<typeof createServer>, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'another program has it' : error.message;
      const cure = 'Give another --port, or none.';
      reject(
        new UnderstoryError('port', `The page cannot be shown on port ${port}: ${why}. ${cure}`, {
          cause: error,
        }),
      );
    });
    server.listen(port, HOST, () => resolve((server.address() as AddressInfo).port));
  });

/** The address that was asked for; undefined where it is none. */
const addressOf = ({ url = '/' }: IncomingMessage): URL | undefined => {
  try {
    return new URL(url, `http://${HOST}`);
  } catch {
    return undefined;
  }
};

/**
 * Shows the runs below a folder, on this machine alone: the server listens on 127.0.0.1, asks for the token of its address, and
 * answers no page of another origin or name. Errors: `port`.
 */
export const openDashboard = async ({
  runs,
  port = 0,
  actions = {},
  onRequest,
}: DashboardSettings): Promise<Dashboard> => {
  const token = randomBytes(24).toString('base64url');
  const answer = answers(path.resolve(runs), actions);
  let own = port;
  const handle = async (request: IncomingMessage): Promise<Answer> => {
    const url = addressOf(request);
    if (!url) return { status: 400, body: 'This is no address.' };
    const refused = refusalOf(request, url, { token, port: own });
    if (refused) return { status: refused[0], body: refused[1] };
    onRequest?.();
    return answer(request, url);
  };
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    void handle(request)
      .catch((): Answer => ({ status: 500, body: 'This could not be shown.' }))
      .then((given) => respond(response, given));
  });
  own = await listening(server, port);
  return {
    url: `http://${HOST}:${own}/?token=${token}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
