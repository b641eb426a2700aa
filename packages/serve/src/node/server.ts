import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UnderstoryError } from '@understory/core';
import { allowOrigin, checkToken } from './access.ts';
import { send, sendJson, sendRefusal } from './answer.ts';
import { Batcher } from './batcher.ts';
import { readBody, type Memory } from './body.ts';
import { imagesIn } from './images.ts';
import { LIMITS, type Access, type Limits } from './limits.ts';
import { Metrics } from './metrics.ts';
import type { Predictor } from './predictor.ts';
import { gone, Refusal, refusalOf } from './refusal.ts';

export interface ServeOptions extends Access {
  readonly predictor: Predictor;
  /** The address to listen on; `127.0.0.1`, which other machines do not reach, where nothing is said. */
  readonly host?: string | undefined;
  /** 0 takes one that is free. */
  readonly port?: number | undefined;
  readonly limits?: Partial<Limits> | undefined;
  /** Is told of faults of the server's own. */
  readonly onFault?: ((error: unknown) => void) | undefined;
}

export interface Serving {
  readonly url: string;
  /** Takes nothing new, answers what is under way, and ends. The predictor is the caller's to close. */
  stop(): Promise<void>;
}

interface Room {
  readonly options: ServeOptions;
  readonly limits: Limits;
  readonly batcher: Batcher;
  readonly metrics: Metrics;
  readonly memory: Memory;
  /** Images of requests under way. */
  queued: number;
  stopping: boolean;
}

const mustHaveRoom = (room: Room, images: number): void => {
  if (room.queued + images <= room.limits.queue) return;
  throw new Refusal(503, 'busy', 'As many images wait as the queue takes. Try again in a second.');
};

/** Aborts when the connection ends before the answer does. */
const goneSignal = (response: ServerResponse): AbortSignal => {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
};

const answerAll = async (
  room: Room,
  images: readonly Uint8Array[],
  signal: AbortSignal,
): Promise<object[]> => {
  const { predictor } = room.options;
  mustHaveRoom(room, images.length);
  room.queued += images.length;
  try {
    const all = images.map(async (bytes) => room.batcher.add(await predictor.decode(bytes), signal));
    const settled = await Promise.allSettled(all);
    return settled.map((one) => {
      if (one.status === 'fulfilled') return one.value;
      throw one.reason;
    });
  } finally {
    room.queued -= images.length;
  }
};

/** While the server stops, an answer is the last one of its connection. */
const lastOf = ({ stopping }: Room, response: ServerResponse): void => {
  if (stopping && !response.headersSent) response.setHeader('connection', 'close');
};

const predict = async (room: Room, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  if (request.method !== 'POST') throw new Refusal(405, 'method', 'Send pictures to /predict by POST.', true);
  if (room.stopping) throw new Refusal(503, 'stopping', 'The server stops. Ask another one.', true);
  mustHaveRoom(room, 1);
  const signal = goneSignal(response);
  const { bytes, release } = await readBody(request, room.limits, room.memory);
  try {
    const images = await imagesIn(bytes, request.headers['content-type'], room.limits);
    const results = await answerAll(room, images, signal);
    if (signal.aborted) throw gone('The request is gone.');
    lastOf(room, response);
    sendJson(response, 200, { results });
  } finally {
    release();
  }
};

/** Counts and times what is asked of the model, and answers with what went wrong. */
const measured = async (room: Room, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const begin = performance.now();
  let status = 200;
  try {
    checkToken(request, room.options);
    await predict(room, request, response);
  } catch (error) {
    const refusal = refusalOf(error);
    status = refusal.status;
    if (status === 500) room.options.onFault?.(error);
    lastOf(room, response);
    sendRefusal(request, response, refusal);
  }
  room.metrics.request(status, (performance.now() - begin) / 1000);
};

const health = (room: Room, response: ServerResponse): void => {
  const { info } = room.options.predictor;
  if (room.stopping) sendJson(response, 503, { status: 'stopping' });
  else sendJson(response, 200, { status: 'ready', ...info });
};

const metricsPage = (
  room: Room,
  server: Server,
  request: IncomingMessage,
  response: ServerResponse,
): void => {
  checkToken(request, room.options);
  server.getConnections((_, connections) => {
    const text = room.metrics.text({ connections, queued: room.queued, heldBytes: room.memory.held });
    send(response, 200, 'text/plain; version=0.0.4; charset=utf-8', text);
  });
};

const route = async (
  room: Room,
  server: Server,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  allowOrigin(response, room.options);
  lastOf(room, response);
  const [place] = (request.url ?? '').split('?');
  try {
    if (request.method === 'OPTIONS') send(response, 204, 'text/plain', '');
    else if (place === '/predict') await measured(room, request, response);
    else if (place === '/health') health(room, response);
    else if (place === '/metrics') metricsPage(room, server, request, response);
    else throw new Refusal(404, 'not-found', 'There are /predict, /health and /metrics.', true);
  } catch (error) {
    sendRefusal(request, response, refusalOf(error));
  }
};

const listening = (server: Server, host: string, port: number): Promise<AddressInfo> =>
  new Promise((done, failed) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why =
        cause.code === 'EADDRINUSE' ? 'another program listens there' : (cause.code ?? cause.message);
      failed(
        new UnderstoryError(
          'listen',
          `Cannot listen on ${host}:${port}: ${why}. Choose another port or host.`,
          {
            cause,
          },
        ),
      );
    });
    server.listen(port, host, () => {
      done(server.address() as AddressInfo);
    });
  });

const stop = async (room: Room, server: Server): Promise<void> => {
  room.stopping = true;
  const closed = new Promise<void>((done) => {
    server.close(() => {
      done();
    });
  });
  server.closeIdleConnections();
  const late = setTimeout(() => {
    server.closeAllConnections();
  }, room.limits.stopTimeout);
  // A connection that is kept open is idle as soon as its answer is out.
  const idle = setInterval(() => {
    server.closeIdleConnections();
  }, 20);
  await closed;
  clearTimeout(late);
  clearInterval(idle);
  await room.batcher.idle();
};

/** How often connections are looked at that are late: milliseconds. */
const LOOK = 500;

/**
 * Answers over HTTP with a model: POST /predict takes a picture's bytes, or several as files of a form, and gives `{ results }`; GET
 * /health and /metrics. Whatever is too large, too slow or too much is refused at once. Errors: `listen`.
 */
export const serve = async (options: ServeOptions): Promise<Serving> => {
  const limits = { ...LIMITS, ...options.limits };
  const metrics = new Metrics();
  const batcher = new Batcher(options.predictor, {
    onBatch: (images, seconds) => {
      metrics.batch(images, seconds);
    },
  });
  const room: Room = { options, limits, batcher, metrics, memory: { held: 0 }, queued: 0, stopping: false };
  const server = createServer(
    {
      headersTimeout: limits.headersTimeout,
      requestTimeout: limits.requestTimeout,
      connectionsCheckingInterval: Math.min(LOOK, limits.headersTimeout),
      // A proxy that keeps its connections for a minute would otherwise send into one that is being closed.
      keepAliveTimeout: limits.idleTimeout,
      maxHeaderSize: 8192,
    },
    (request, response) => {
      void route(room, server, request, response);
    },
  );
  server.maxConnections = limits.connections;
  server.timeout = limits.idleTimeout;
  const { address, port, family } = await listening(server, options.host ?? '127.0.0.1', options.port ?? 0);
  const name = family === 'IPv6' ? `[${address}]` : address;
  return { url: `http://${name}:${port}`, stop: () => stop(room, server) };
};
