import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { UnderstoryError } from '@understory/core';
import { openDashboard } from '@understory/dashboard';
import { encodeLook } from '@understory/report/node';
import { runFiles } from '@understory/tracking/node';
import { put, type Reader } from './reader.ts';
import * as samples from './samples.ts';

/** What no answer may hold: a file beside the runs, and markup that a run brings. */
const SECRET = 'not to be seen';
const EVIL = '<img src=x onerror=alert(1)>';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const bytesOf = (written: string): Uint8Array => new Uint8Array(Buffer.from(written, 'latin1'));

const hostile = (line: Uint8Array): Uint8Array =>
  new Uint8Array(Buffer.from(Buffer.from(line).toString('utf8').replaceAll('accuracy', EVIL)));

/** A folder with two runs, one of hostile words, and a file outside of it. */
const layRuns = async (folder: string): Promise<string> => {
  const runs = path.join(folder, 'runs');
  if (existsSync(path.join(folder, 'secret.txt'))) return runs;
  const [whole = new Uint8Array()] = samples.metricsLines();
  await put(runFiles(path.join(runs, 'plain')).metrics, whole);
  await put(
    runFiles(path.join(runs, 'plain')).config,
    bytesOf(JSON.stringify({ config: { plugins: [EVIL] } })),
  );
  await put(runFiles(path.join(runs, EVIL)).metrics, hostile(whole));
  await put(path.join(folder, 'secret.txt'), bytesOf(SECRET));
  return runs;
};

/** Without a byte for so long a request is one that waits for more of itself, in ms. */
const SILENCE = 300;

/** Where the first answer ends; Infinity where it has not come so far. */
const endOf = (answer: string): number => {
  const [head = '', length] = /^[^]*?content-length: (\d+)[^]*?\r\n\r\n/i.exec(answer) ?? [];
  const end = head.length + Number(length ?? Infinity);
  return answer.length >= end ? end : Infinity;
};

/** Sends bytes as they are, and gives the first answer; what came of it where that does not end. */
const exchange = (port: number, sent: Uint8Array): Promise<string> =>
  new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(sent));
    socket.setTimeout(SILENCE, () => socket.destroy());
    socket.on('data', (part: Buffer) => {
      answer += part.toString('latin1');
      if (endOf(answer) < Infinity) socket.destroy();
    });
    socket.on('error', () => undefined).on('close', () => resolve(answer.slice(0, endOf(answer))));
  });

const HEADERS = ['Host: {host}', 'Authorization: Bearer {token}', 'Connection: close'];

const request = (first: string, headers: readonly string[] = HEADERS, body = ''): Uint8Array => {
  const sized = body === '' ? [] : ['Content-Type: application/json', `Content-Length: ${body.length}`];
  return bytesOf([first, ...headers, ...sized, '', body].join('\r\n'));
};

const ORIGIN = [...HEADERS, 'Origin: http://{host}', 'Sec-Fetch-Site: same-origin'];

/** Requests of a browser that shows the page; `{token}`, `{host}` and `{run}` stand for those of the moment. */
const REQUESTS = [
  request('GET / HTTP/1.1'),
  request('GET /?token={token} HTTP/1.1', ['Host: {host}', 'Connection: close']),
  request('GET /state?runs={run}&seen= HTTP/1.1'),
  request('GET /page.html?runs={run},000000000000 HTTP/1.1'),
  request('GET /ask?act=resume&run={run} HTTP/1.1'),
  request('GET /../secret.txt HTTP/1.1'),
  request('POST /do HTTP/1.1', ORIGIN, '{"act":"resume","run":"{run}"}'),
  request('POST /do HTTP/1.1', ORIGIN, '{"act":"stop","run":"{run}"}'),
];

// Most damage makes bytes no request at all, which Node refuses by itself.
const CONTROLS = /[^\x20-\x7e]/g;

/** The damaged request as one that Node takes for a request: its words reach the page. */
const mended = (written: string): string => {
  const cut = written.indexOf('\r\n\r\n');
  const [head, body] = cut < 0 ? [written, ''] : [written.slice(0, cut), written.slice(cut + 4)];
  const [first = '', ...lines] = head.split('\r\n').map((line) => line.replace(CONTROLS, ''));
  const [, method = 'GET', target = '/'] = /^(\S*)\s?(.*?)(?: HTTP.*)?$/.exec(first) ?? [];
  const known = /^(?:GET|POST|PUT|HEAD|DELETE|OPTIONS)$/.test(method) ? method : 'GET';
  const headers = lines.filter(
    (line) => /^[A-Za-z-]+:/.test(line) && !/^(?:content-length|transfer-)/i.test(line),
  );
  const sized = [...headers, `Content-Length: ${body.length}`];
  return [`${known} /${encodeURI(target).replace(/^\//, '')} HTTP/1.1`, ...sized, '', body].join('\r\n');
};

/** What of an answer a page puts in as markup: a page, or parts of one; all else it puts in as text. */
const markupOf = (answer: string): string => {
  const body = answer.slice(answer.indexOf('\r\n\r\n') + 4);
  if (/content-type: text\/html/i.test(answer)) return body;
  if (!/content-type: application\/json/i.test(answer)) return '';
  const { list = '', parts = [] } = JSON.parse(body) as { list?: string; parts?: { markup: string }[] };
  return [list, ...parts.map(({ markup }) => markup)].join();
};

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? NaN);

/** Throws where an answer tells what it must not. */
const checkAnswer = (
  sent: string,
  answer: string,
  { token, port }: { token: string; port: number },
): void => {
  const status = statusOf(answer);
  if (status === 500) throw new Error('the server failed');
  if (answer.includes(SECRET)) throw new Error('a file outside of the runs was told');
  if (markupOf(answer).includes(EVIL)) throw new Error('markup of a run was told as markup');
  if (status >= 300 || Number.isNaN(status)) throw new UnderstoryError('refused', `Status ${status}.`);
  if (!sent.includes(token)) throw new Error('somebody without the token was answered');
  if (!new RegExp(`host:\\s*(?:127\\.0\\.0\\.1|localhost):${port}`, 'i').test(sent))
    throw new Error('another name was answered');
};

const checkDone = (sent: string, asked: readonly string[]): void => {
  if (asked.length > 0 && !(sent.includes('POST /do') && /origin:\s*http:\/\//i.test(sent)))
    throw new Error(`something was done that the page did not ask for: ${asked.join()}`);
};

/** Opens the page of a folder for a while. */
const withPage = async (
  runs: string,
  use: (page: { readonly token: string; readonly port: number; readonly asked: string[] }) => Promise<void>,
): Promise<void> => {
  const asked: string[] = [];
  const act = (folder: string): Promise<void> => Promise.resolve(void asked.push(folder));
  const { url, close } = await openDashboard({ runs, actions: { stop: act, resume: act } });
  const { port, searchParams } = new URL(url);
  try {
    await use({ token: searchParams.get('token') ?? '', port: Number(port), asked });
  } finally {
    await close();
  }
};

const get = (at: string, { token, port }: { token: string; port: number }): Promise<string> => {
  const sent = request(`GET ${at} HTTP/1.1`);
  return exchange(port, bytesOf(text(sent).replace('{token}', token).replace('{host}', `127.0.0.1:${port}`)));
};

const firstRun = (answer: string): string => /value=\\"([0-9a-f]{12})/.exec(answer)?.[1] ?? '';

/** Files of a run that the page reads: the first byte of an input says which one it is. */
const RUN_FILES = ['metrics', 'config', 'look', 'crash', 'lock'] as const;

const numbered = (name: (typeof RUN_FILES)[number], bytes: Uint8Array): Uint8Array =>
  Uint8Array.of(RUN_FILES.indexOf(name), ...bytes);

const runFileSamples = (): Uint8Array[] => [
  ...samples.metricsLines().map((line) => numbered('metrics', hostile(line))),
  numbered(
    'config',
    bytesOf(JSON.stringify({ dataset: { name: EVIL, classes: [EVIL] }, config: { plugins: [] } })),
  ),
  numbered('look', new TextEncoder().encode(encodeLook({ ...samples.look, task: EVIL, credit: EVIL }))),
  numbered('crash', bytesOf(JSON.stringify({ time: '2026-11-28T09:00:00.000Z', reason: EVIL }))),
  ...samples.locks().map((lock) => numbered('lock', lock)),
];

/** Readers of what comes to the live page: requests of anybody on this machine, and files of runs. */
export const PAGE_READERS: readonly Reader[] = [
  {
    name: 'page-requests',
    // The first byte says whether the rest is sent as it is.
    samples: () => REQUESTS.flatMap((one) => [0, 1].map((raw) => Uint8Array.of(raw, ...one))),
    async read(bytes, folder) {
      await withPage(await layRuns(folder), async (page) => {
        const run = firstRun(await get('/state', page));
        const given = text(bytes.subarray(1));
        const filled = ((bytes[0] ?? 0) % 2 === 0 ? given : mended(given))
          .replaceAll('{token}', page.token)
          .replaceAll('{host}', `127.0.0.1:${page.port}`)
          .replaceAll('{run}', run);
        const answer = await exchange(page.port, bytesOf(filled));
        checkDone(filled, page.asked);
        if (statusOf(await get('/here', page)) !== 200) throw new Error('the server answers no more');
        checkAnswer(filled, answer, page);
      });
    },
  },
  {
    name: 'page-runs',
    samples: runFileSamples,
    async read(bytes, folder) {
      const name = RUN_FILES[(bytes[0] ?? 0) % RUN_FILES.length] ?? 'metrics';
      const run = path.join(folder, 'runs', EVIL);
      const [sound = new Uint8Array()] = samples.metricsLines();
      for (const file of RUN_FILES)
        await put(runFiles(run)[file], file === 'metrics' ? sound : new Uint8Array());
      await put(runFiles(run)[name], bytes.subarray(1));
      await withPage(path.join(folder, 'runs'), async (page) => {
        const id = firstRun(await get('/state', page));
        for (const at of [`/state?runs=${id}`, `/page.html?runs=${id}`, `/ask?act=resume&run=${id}`]) {
          const answer = await get(at, page);
          if (statusOf(answer) === 500) throw new Error(`${at}: the server failed`);
          if (markupOf(answer).includes(EVIL)) throw new Error(`${at}: markup of a run was told as markup`);
        }
      });
    },
  },
];
