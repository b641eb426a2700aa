import { connect, type Socket } from 'node:net';
import { Agent, request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { uint8, UnderstoryError } from '@understory/core';
import { afterEach, describe, expect, it } from 'vitest';
import { predictClient, PredictError } from '../client.ts';
import type { Limits } from './limits.ts';
import type { Predictor } from './predictor.ts';
import { serve, type ServeOptions, type Serving } from './server.ts';

const MB = 2 ** 20;

interface Watched extends Predictor {
  /** How many images each batch had. */
  readonly seen: number[];
}

/** A model that says the first byte of a picture, and waits before each batch: some ms, or for a gate. */
const predictorOf = (wait: number | Promise<void> = 0): Watched => {
  const seen: number[] = [];
  return {
    seen,
    info: { name: 'first bytes', task: 'classification', classes: ['a'], size: [1, 1], runtime: 'none' },
    batches: [1, 4, 16],
    decode: (bytes) =>
      bytes[0] === 0
        ? Promise.reject(new UnderstoryError('bad-image', 'it has more than 50000000 pixels'))
        : Promise.resolve({ pixels: uint8(bytes.slice(0, 1), [1, 1, 1]), place: null }),
    async predict(images) {
      seen.push(images.length);
      await (typeof wait === 'number' ? sleep(wait) : wait);
      return images.map(({ pixels }) => {
        if (pixels.data[0] === 99) throw new Error('a secret of the machine');
        return { predictions: [{ class: String(pixels.data[0]), probability: 1 }] };
      });
    },
    close: () => Promise.resolve(),
  };
};

/** Something to wait for until it is opened. */
const gateOf = (): { readonly opened: Promise<void>; readonly open: () => void } => {
  let open = (): void => undefined;
  const opened = new Promise<void>((done) => (open = done));
  return {
    opened,
    open: () => {
      open();
    },
  };
};

const running: Serving[] = [];
const started = async (limits: Partial<Limits> = {}, more: Partial<ServeOptions> = {}): Promise<Serving> => {
  const serving = await serve({ predictor: predictorOf(), limits, ...more });
  running.push(serving);
  return serving;
};
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
});

const picture = (byte: number, length = 10): Uint8Array => new Uint8Array(length).fill(byte);

const post = (url: string, body: Uint8Array, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${url}/predict`, { method: 'POST', body: body as BodyInit, headers });

const statusOf = async (url: string, body: Uint8Array): Promise<number> => (await post(url, body)).status;

const metricsOf = async (url: string): Promise<string> => (await fetch(`${url}/metrics`)).text();

const gauge = async (url: string, name: string): Promise<number> =>
  Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(await metricsOf(url))?.[1]);

/** Opens a connection and says something; gives all that comes back until the other side ends it. */
const spoken = (url: string, text: string): { readonly socket: Socket; readonly ended: Promise<string> } => {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(text);
  let heard = '';
  socket.on('data', (part: Buffer) => (heard += part.toString('latin1')));
  const ended = new Promise<string>((done) => {
    socket.on('error', () => undefined);
    socket.on('close', () => {
      done(heard);
    });
  });
  return { socket, ended };
};

describe('a server', () => {
  it('answers about one picture, and about several of a form in their order, in the client', async () => {
    const { url } = await started();
    const client = predictClient(url);
    expect(await client.predict([picture(7)])).toEqual([{ predictions: [{ class: '7', probability: 1 }] }]);
    const all = await client.predict([1, 2, 3].map((byte) => picture(byte)));
    expect(all.map(({ predictions }) => predictions![0]!.class)).toEqual(['1', '2', '3']);
    expect(await client.health()).toMatchObject({ status: 'ready', name: 'first bytes', size: [1, 1] });
    expect(await client.predict([])).toEqual([]);
  });

  it('computes what waits together, and answers 64 connections without an error', async () => {
    const predictor = predictorOf(5);
    const { url } = await started({}, { predictor });
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, i) => predictClient(url).predict([picture(1 + (i % 90))])),
    );
    expect(answers.map(([one]) => Number(one!.predictions![0]!.class))).toEqual(
      Array.from({ length: 64 }, (_, i) => 1 + (i % 90)),
    );
    expect(predictor.seen.reduce((a, b) => a + b)).toBe(64);
    expect(Math.max(...predictor.seen)).toBeGreaterThan(4);
    expect(Math.max(...predictor.seen)).toBeLessThanOrEqual(16);
    const text = await metricsOf(url);
    expect(text).toMatch(/^understory_requests_total\{status="200"\} 64$/m);
    expect(text).toMatch(/^understory_images_total 64$/m);
    expect(text).toMatch(/^understory_batch_images_bucket\{le="16"\} \d+$/m);
    for (const line of text.trim().split('\n'))
      expect(line).toMatch(/^# (HELP|TYPE) \w+ .+$|^\w+(\{\w+="[^"]+"\})? \S+$/);
  });

  it('says what is wrong with a request by its status, and nothing of its own faults', async () => {
    const faults: unknown[] = [];
    const { url } = await started({}, { onFault: (error) => faults.push(error) });
    const bomb = await post(url, picture(0));
    expect([bomb.status, await bomb.json()]).toEqual([
      422,
      { error: 'bad-image', message: 'it has more than 50000000 pixels' },
    ]);
    const fault = await post(url, picture(99));
    expect(fault.status).toBe(500);
    expect(await fault.text()).not.toContain('secret');
    expect(faults).toHaveLength(1);
    expect(await statusOf(url, new Uint8Array())).toBe(400);
    expect((await fetch(`${url}/predict`)).status).toBe(405);
    expect((await fetch(`${url}/etc/passwd`)).status).toBe(404);
    const form = await post(url, picture(45), { 'content-type': 'multipart/form-data; boundary=x' });
    expect([form.status, ((await form.json()) as { error: string }).error]).toEqual([400, 'bad-form']);
    await expect(predictClient(url).predict([picture(0)])).rejects.toMatchObject({
      status: 422,
      code: 'bad-image',
    });
    await expect(predictClient(url).predict([picture(0)])).rejects.toBeInstanceOf(PredictError);
    expect(await statusOf(url, picture(1))).toBe(200);
  });

  it('asks for its token, but for its health', async () => {
    const { url } = await started({}, { token: 'a token of sixteen' });
    expect(await statusOf(url, picture(1))).toBe(401);
    expect((await fetch(`${url}/metrics`)).status).toBe(401);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    await expect(predictClient(url, { token: 'another' }).predict([picture(1)])).rejects.toMatchObject({
      code: 'token',
    });
    expect(await predictClient(url, { token: 'a token of sixteen' }).predict([picture(1)])).toHaveLength(1);
  });

  it('lets pages of one origin read its answers where it is told so', async () => {
    const { url } = await started({}, { origin: 'https://example.org' });
    const asked = await fetch(`${url}/predict`, { method: 'OPTIONS' });
    expect([asked.status, asked.headers.get('access-control-allow-origin')]).toEqual([
      204,
      'https://example.org',
    ]);
    const plain = await started();
    expect((await fetch(`${plain.url}/health`)).headers.get('access-control-allow-origin')).toBe(null);
  });

  it('refuses a port that is taken', async () => {
    const { url } = await started();
    await expect(started({}, { port: Number(new URL(url).port) })).rejects.toMatchObject({
      code: 'listen',
      message: expect.stringMatching(/another program listens there/) as string,
    });
  });
});

describe('what is too large, too slow or too much', () => {
  it('refuses 100 MB before it is read where its length is told', async () => {
    const { url } = await started();
    const status = await new Promise<number>((done) => {
      const asked = httpRequest(`${url}/predict`, {
        method: 'POST',
        headers: { 'content-length': 100 * MB },
      });
      asked.on('response', (response) => {
        done(response.statusCode ?? 0);
        response.resume();
        asked.destroy();
      });
      asked.on('error', () => undefined);
      asked.write(picture(1, MB));
    });
    expect(status).toBe(413);
    expect(await gauge(url, 'understory_held_bytes')).toBe(0);
    expect(await statusOf(url, picture(1))).toBe(200);
  });

  it('refuses a body of no told length at the limit, and reads no more of it', async () => {
    const { url } = await started({ body: MB });
    let sent = 0;
    const status = await new Promise<number>((done) => {
      const asked = httpRequest(`${url}/predict`, { method: 'POST' });
      const more = (): void => {
        for (let go = true; go && sent < 100 && !asked.destroyed; sent++) go = asked.write(picture(1, MB));
      };
      asked.on('drain', more);
      asked.on('response', (response) => {
        done(response.statusCode ?? 0);
        response.resume();
      });
      asked.on('error', () => undefined);
      more();
    });
    expect(status).toBe(413);
    expect(await gauge(url, 'understory_held_bytes')).toBe(0);
  });

  it('holds no more of all bodies together than it may', async () => {
    const { url } = await started({ body: MB, memory: 1.5 * MB });
    const { hostname } = new URL(url);
    const half = `POST /predict HTTP/1.1\r\nhost: ${hostname}\r\nconnection: close\r\ncontent-length: ${MB}\r\n\r\n${'x'.repeat(MB - 1)}`;
    const first = spoken(url, half);
    while ((await gauge(url, 'understory_held_bytes')) < MB - 1) await sleep(5);
    expect(await spoken(url, half).ended).toMatch(/^HTTP\/1\.1 503 [\s\S]*"busy"/);
    first.socket.write('x');
    expect(await first.ended).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('refuses images beyond the queue, and takes some again later', async () => {
    const { url } = await started({ queue: 4 }, { predictor: predictorOf(100) });
    const statuses = await Promise.all(Array.from({ length: 12 }, () => statusOf(url, picture(1))));
    expect(new Set(statuses)).toEqual(new Set([200, 503]));
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(4);
    expect(await statusOf(url, picture(1))).toBe(200);
    expect(await gauge(url, 'understory_queued_images')).toBe(0);
    const many = await started({ images: 2 });
    await expect(
      predictClient(many.url).predict([1, 2, 3].map((byte) => picture(byte))),
    ).rejects.toMatchObject({ status: 413, code: 'too-many' });
  });

  it('ends connections that say their headers or their body slowly, and answers others meanwhile', async () => {
    const { url } = await started({ headersTimeout: 200, requestTimeout: 400 });
    const headers = spoken(url, 'POST /predict HTTP/1.1\r\nhost: x\r\n');
    const body = spoken(url, 'POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n');
    const drops = setInterval(() => {
      headers.socket.write('a: b\r\n');
      body.socket.write('x');
    }, 50);
    expect(await statusOf(url, picture(1))).toBe(200);
    const all = await Promise.all([headers.ended, body.ended]);
    clearInterval(drops);
    for (const heard of all) expect(heard).toMatch(/^HTTP\/1\.1 408 |^$/);
    expect(await gauge(url, 'understory_held_bytes')).toBe(0);
  });

  it('takes no more connections than it may', async () => {
    const { url } = await started({ connections: 2 });
    const held = [1, 2].map(() => spoken(url, 'GET /health HTTP/1.1\r\nhost: x\r\n'));
    await sleep(50);
    expect(await spoken(url, 'GET /health HTTP/1.1\r\nhost: x\r\n\r\n').ended).toBe('');
    held.forEach(({ socket }) => socket.destroy());
    await Promise.all(held.map(({ ended }) => ended));
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  it('does not compute what a client asked that is gone', async () => {
    const gate = gateOf();
    const predictor = predictorOf(gate.opened);
    const { url } = await started({}, { predictor });
    const first = statusOf(url, picture(1));
    while (predictor.seen.length === 0) await sleep(2);
    const gone = Array.from({ length: 8 }, () =>
      spoken(url, `POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\n\x05`),
    );
    while ((await gauge(url, 'understory_queued_images')) < 9) await sleep(2);
    gone.forEach(({ socket }) => socket.destroy());
    while ((await gauge(url, 'understory_connections')) > 3) await sleep(5);
    gate.open();
    expect(await first).toBe(200);
    while ((await gauge(url, 'understory_queued_images')) > 0) await sleep(5);
    expect(predictor.seen).toEqual([1]);
    expect(await gauge(url, 'understory_held_bytes')).toBe(0);
    expect(await statusOf(url, picture(1))).toBe(200);
    const cut = spoken(url, 'POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nx');
    await sleep(30);
    cut.socket.destroy();
    const counted = async (status: number): Promise<number> =>
      gauge(url, `understory_requests_total{status="${status}"}`);
    while ((await counted(499)) < 9) await sleep(5);
    expect(await counted(200)).toBe(2);
  });
});

describe('a server that stops', () => {
  it('answers what is under way, takes nothing new, and ends', async () => {
    const gate = gateOf();
    const predictor = predictorOf(gate.opened);
    const serving = await serve({ predictor });
    const under = statusOf(serving.url, picture(1));
    while (predictor.seen.length === 0) await sleep(2);
    const stopped = serving.stop();
    await expect(statusOf(serving.url, picture(1))).rejects.toThrow();
    gate.open();
    expect(await under).toBe(200);
    await stopped;
  });

  it('lets a client that keeps its connection go, without cutting it off', async () => {
    const gate = gateOf();
    const predictor = predictorOf(gate.opened);
    const serving = await serve({ predictor });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = (): Promise<number> =>
      new Promise((done, failed) => {
        const asked = httpRequest(`${serving.url}/predict`, { method: 'POST', agent }, (answer) => {
          answer.resume().on('end', () => done(answer.statusCode ?? 0));
        });
        asked.on('error', failed).end(picture(1));
      });
    const under = ask();
    while (predictor.seen.length === 0) await sleep(2);
    const stopped = serving.stop();
    gate.open();
    expect(await under).toBe(200);
    // The answer said that it is the last one, so a new connection is asked for.
    await expect(ask()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await stopped;
    agent.destroy();
  });

  it('waits for nobody longer than it may', async () => {
    const serving = await serve({ predictor: predictorOf(), limits: { stopTimeout: 50 } });
    const slow = spoken(serving.url, 'POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nx');
    await sleep(30);
    await serving.stop();
    expect(await slow.ended).toBe('');
  });
});
