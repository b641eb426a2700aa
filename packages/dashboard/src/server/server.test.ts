import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { request, type OutgoingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventsOf, epochOf, startOf, stepOf, writeRun } from '../testing/madeRuns.ts';
import { openDashboard, type Dashboard } from './openDashboard.ts';

const root = mkdtempSync(path.join(tmpdir(), 'understory-page-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const EVIL = `<img src=x onerror="window.pwned=1">`;

interface Got {
  readonly status: number;
  readonly body: string;
  readonly headers: NodeJS.Dict<string | string[]>;
}

let dashboard: Dashboard;
let token = '';
let port = 0;
const asked: string[] = [];

const ask = (
  at: string,
  {
    method = 'GET',
    headers = {},
    body,
  }: { method?: string; headers?: OutgoingHttpHeaders; body?: string } = {},
): Promise<Got> =>
  new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path: at, method, headers }, (response) => {
      let text = '';
      response.on('data', (part: Buffer) => (text += part.toString()));
      response.on('end', () =>
        resolve({ status: response.statusCode!, body: text, headers: response.headers }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
const withToken = (at: string): string => `${at}${at.includes('?') ? '&' : '?'}token=${token}`;

interface State {
  readonly chosen: readonly string[];
  readonly list: string;
  readonly headline: string;
  readonly standfirst: string;
  readonly parts: readonly { readonly id: string; readonly markup: string }[];
}
const state = async (query = ''): Promise<State> =>
  JSON.parse((await ask(withToken(`/state${query}`))).body) as State;
const idOf = (list: string, name: string): string =>
  list
    .split('<tr')
    .find((row) => row.includes(`<span>${name}</span>`))!
    .match(/value="([0-9a-f]{12})"/)![1]!;

beforeAll(async () => {
  writeRun(path.join(root, 'plain'), eventsOf(3));
  writeRun(path.join(root, 'group', 'inner'), eventsOf(1));
  const evil = eventsOf(2).map((event) =>
    event.type === 'epoch'
      ? epochOf(event.epoch, 10, EVIL)
      : event.type === 'step'
        ? stepOf(event.step, 10, EVIL)
        : startOf(),
  );
  writeRun(path.join(root, EVIL.replaceAll('/', '')), evil, {
    dataset: { name: EVIL, classes: [EVIL] },
    config: { plugins: [EVIL] },
  });
  writeFileSync(path.join(root, 'secret.txt'), 'not to be seen');
  dashboard = await openDashboard({
    runs: root,
    actions: {
      stop: (folder) => Promise.resolve(void asked.push(`stop ${path.basename(folder)}`)),
      resume: (folder) => Promise.resolve(void asked.push(`resume ${path.basename(folder)}`)),
    },
  });
  const url = new URL(dashboard.url);
  [token, port] = [url.searchParams.get('token')!, Number(url.port)];
});
afterAll(() => dashboard.close());

describe('who is answered', () => {
  it('is nobody without the token, whatever is asked for', async () => {
    for (const at of [
      '/',
      '/state',
      '/page.html',
      '/ask?act=stop',
      '/?token=',
      `/?token=${token.slice(1)}`,
      '/?token=%00',
    ])
      expect((await ask(at)).status, at).toBe(401);
    expect((await ask('/', { headers: { Authorization: `Bearer ${token}x` } })).status).toBe(401);
    const page = await ask(withToken('/'));
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  });

  it('is no page of another name, origin or site, even with the token', async () => {
    const cases: OutgoingHttpHeaders[] = [
      { Host: 'evil.example' },
      { Host: `evil.example:${port}` },
      { Host: `127.0.0.1:${port + 1}` },
      { Origin: 'http://evil.example' },
      { Origin: 'null' },
      { Origin: `http://127.0.0.1:${port + 1}` },
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
    ];
    for (const headers of cases) {
      const got = await ask(withToken('/state'), { headers });
      expect(got.status, JSON.stringify(headers)).toBe(403);
      expect(got.body).not.toContain('plain');
    }
    expect(
      (await ask(withToken('/state'), { method: 'OPTIONS' })).headers['access-control-allow-origin'],
    ).toBeUndefined();
  });

  it('is told to keep, frame and sniff nothing, and gets a policy that lets nothing from outside in', async () => {
    const { headers, body } = await ask(withToken('/'));
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
    expect(body).toContain('default-src &#39;none&#39;');
    expect(body.replace(/xmlns="[^"]*"|http:\/\/www\.w3\.org\/2000\/svg/g, '')).not.toMatch(
      /(?:https?:)?\/\/[a-z]/,
    );
  });
});

describe('what is answered', () => {
  it('is nothing outside of the list of runs, whatever path is asked for', async () => {
    const paths = [
      '/../secret.txt',
      '/secret.txt',
      '/%2e%2e/secret.txt',
      '/plain/config.json',
      '//etc/passwd',
      '/..%5csecret.txt',
    ];
    for (const at of paths) {
      const got = await ask(withToken(at));
      expect(got.status, at).toBe(404);
      expect(got.body).not.toContain('not to be seen');
    }
    for (const runs of ['../', '%2e%2e%2f', 'plain', '000000000000', EVIL])
      expect((await state(`?runs=${encodeURIComponent(runs)}`)).parts).toEqual([]);
  });

  it('leaves out what a link leads to: another folder, another file', async () => {
    const away = mkdtempSync(path.join(tmpdir(), 'understory-away-'));
    writeRun(path.join(away, 'foreign'), eventsOf(2));
    symlinkSync(path.join(away, 'foreign'), path.join(root, 'linked'));
    mkdirSync(path.join(root, 'linked-file'));
    symlinkSync(path.join(away, 'foreign', 'metrics.jsonl'), path.join(root, 'linked-file', 'metrics.jsonl'));
    await new Promise((resolve) => setTimeout(resolve, 600));
    const { list } = await state();
    expect(list).not.toContain('<span>linked</span>');
    const { parts, standfirst } = await state(`?runs=${idOf(list, 'linked-file')}`);
    expect(parts.map(({ id }) => id)).not.toContain('curves');
    expect(standfirst).toContain('linked-file cannot be read.');
    for (const made of [path.join(root, 'linked'), path.join(root, 'linked-file'), away])
      rmSync(made, { recursive: true });
  });

  it('shows hostile names of runs, data, classes, terms and metrics as text', async () => {
    const { list } = await state();
    const id = /value="([0-9a-f]{12})" \/> <span>&lt;img/.exec(list)![1]!;
    const shown = await state(`?runs=${id}`);
    const markup = shown.parts.map((part) => part.markup).join('') + list;
    expect(markup).toContain('&lt;img src=x');
    expect(markup).not.toContain('<img src=x');
    const frozen = await ask(withToken(`/page.html?runs=${id}`));
    expect(frozen.body).not.toContain('<img src=x');
    expect(frozen.headers['content-disposition']).toBe('attachment; filename="report.html"');
  });

  it('has the numbers of the run’s record, also of depth, and those of an epoch where curves end', async () => {
    const { list } = await state();
    const { parts, headline } = await state(`?runs=${idOf(list, 'plain')}`);
    expect(parts.map(({ id }) => id)).toEqual(['curves', 'depth', 'speed']);
    const [curves = '', depth = ''] = parts.map(({ markup }) => markup.replace(/\u202f/g, ' '));
    const ends = [...curves.matchAll(/class="end"[^>]*>([^<]*)</g)].map((m) => m[1]);
    expect(ends).toEqual(['52.0 %', '1.3', '1.25', '4.75']);
    expect(depth).toContain('knn');
    expect(headline).toBe('Stopped: plain at epoch 3 of 5.');
  });

  it('lists a run that an error ended as crashed, with the error, and lets it go on', async () => {
    const folder = writeRun(path.join(root, 'fallen'), eventsOf(1));
    const crash = { time: new Date().toISOString(), reason: `No space left. ${EVIL} Make room.` };
    writeFileSync(path.join(folder, 'crash.json'), JSON.stringify(crash));
    await new Promise((resolve) => setTimeout(resolve, 600));
    const { list } = await state();
    const row = list.split('<tr').find((one) => one.includes('<span>fallen</span>'))!;
    expect(row).toContain('class="state crashed">crashed');
    expect(row).toContain('No space left. &lt;img');
    const run = idOf(list, 'fallen');
    const { headline, standfirst } = await state(`?runs=${run}`);
    expect(headline).toBe('Crashed: fallen at epoch 1 of 3.');
    expect(standfirst).toContain('An error ended fallen: No space left.');
    const question = JSON.parse((await ask(withToken(`/ask?act=resume&run=${run}`))).body) as {
      text: string;
    };
    expect(question.text).toContain('An error ended it: No space left.');
    rmSync(folder, { recursive: true });
  });

  it('asks twice before it changes a run, and takes it from the page alone', async () => {
    const { list } = await state();
    const run = idOf(list, 'plain');
    const body = JSON.stringify({ act: 'resume', run });
    const own = { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` };
    expect((await ask('/do', { method: 'POST', headers: own, body })).status).toBe(403);
    const evil = { ...own, Origin: 'http://evil.example' };
    expect((await ask('/do', { method: 'POST', headers: evil, body })).status).toBe(403);
    const headers = { ...own, Origin: `http://127.0.0.1:${port}` };
    expect((await ask('/do', { method: 'GET', headers })).status).toBe(404);
    for (const sent of [
      '',
      '[]',
      'null',
      '{"act":"constructor"}',
      JSON.stringify({ act: 'stop', run }),
      'x'.repeat(9000),
    ])
      expect((await ask('/do', { method: 'POST', headers, body: sent })).status, sent.slice(0, 40)).toBe(409);
    const form = { ...headers, 'Content-Type': 'text/plain' };
    expect((await ask('/do', { method: 'POST', headers: form, body })).status).toBe(409);
    expect(asked).toEqual([]);
    const question = JSON.parse((await ask(withToken(`/ask?act=resume&run=${run}`))).body) as {
      text: string;
    };
    expect(question.text).toContain('goes on from its last checkpoint');
    expect((await ask('/do', { method: 'POST', headers, body })).body).toBe('plain goes on.');
    expect(asked).toEqual(['resume plain']);
  });
});

it('reads a huge file of metrics in bounded memory, also one whose line never ends', async () => {
  const folder = writeRun(path.join(root, 'huge'), eventsOf(2));
  const file = openSync(path.join(folder, 'metrics.jsonl'), 'a');
  ftruncateSync(file, 2 ** 30); // a gigabyte of zeros, which takes no room on a disk
  writeSync(file, `\n${JSON.stringify({ time: new Date().toISOString(), ...epochOf(2) })}\n`);
  closeSync(file);
  await new Promise((resolve) => setTimeout(resolve, 600));
  const id = idOf((await state()).list, 'huge');
  const before = process.memoryUsage().rss;
  let shown = await state(`?runs=${id}`);
  for (let i = 0; i < 20 && shown.standfirst.includes('being read'); i++) shown = await state(`?runs=${id}`);
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
  expect(shown.standfirst).toContain('1 lines of huge cannot be read');
  expect(shown.parts[0]?.markup.replace(/\u202f/g, ' ')).toContain('>52.0 %<');
  rmSync(folder, { recursive: true });
});
