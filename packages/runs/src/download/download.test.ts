import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { officialDataset, type OfficialFile } from '@understory/datasets';
import { fetchFile, type FetchOptions } from './fetchFile.ts';
import { checkSpace, getDataset } from './getDataset.ts';

const BYTES = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7 + (i >> 8)) & 255);
const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

type Handler = (asked: IncomingMessage, answer: ServerResponse) => void;

let folder: string;
let server: Server;
let base: string;
let handle: Handler;
let asked: IncomingMessage[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'understory-download-'));
  asked = [];
  server = createServer((one, answer) => {
    asked.push(one);
    handle(one, answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

const fileOf = (changes: Partial<OfficialFile> = {}): OfficialFile => ({
  name: 'set.tar',
  url: `${base}/set.tar`,
  bytes: BYTES.length,
  digest: { algorithm: 'md5', hex: md5(BYTES), from: 'its authors' },
  ...changes,
});

const said: string[] = [];
const optionsOf = (changes: Partial<FetchOptions> = {}): FetchOptions => ({
  folder,
  signal: new AbortController().signal,
  say: (line) => void said.push(line),
  onProgress: () => undefined,
  stall: 300,
  wait: 1,
  ...changes,
});

const at = (name: string): string => path.join(folder, name);
const fetched = async (): Promise<boolean> => Buffer.from(BYTES).equals(await readFile(at('set.tar')));

/** A server as they should be: ranges, an ETag, `If-Range`. `cut` ends each answer after so many bytes. */
const withRanges =
  ({ cut = Infinity, etag = '"one"' } = {}): Handler =>
  ({ headers }, answer) => {
    const [, from = '0'] = /^bytes=(\d+)-$/.exec(headers.range ?? '') ?? [];
    const isSame = headers['if-range'] === undefined || headers['if-range'] === etag;
    const start = headers.range !== undefined && isSame ? Number(from) : 0;
    const body = BYTES.subarray(start);
    answer.writeHead(start > 0 ? 206 : 200, {
      'content-length': body.length,
      etag,
      ...(start > 0 && { 'content-range': `bytes ${start}-${BYTES.length - 1}/${BYTES.length}` }),
    });
    if (body.length <= cut) answer.end(body);
    else answer.write(body.subarray(0, cut), () => answer.destroy());
  };

describe('a download', () => {
  it('is whole, checked, and leaves no part behind', async () => {
    handle = withRanges();
    const done: number[] = [];
    await fetchFile(fileOf(), optionsOf({ onProgress: (progress) => done.push(progress.done) }));
    expect(await fetched()).toBe(true);
    expect(await readdir(folder)).toEqual(['set.tar']);
    expect(done.at(-1)).toBe(BYTES.length);
    expect(asked[0]?.headers['accept-encoding']).toBe('identity');
  });

  it('goes on where the connection was cut', async () => {
    handle = withRanges({ cut: 110_000 });
    await fetchFile(fileOf(), optionsOf());
    expect(await fetched()).toBe(true);
    const starts = asked.map(({ headers }) => headers.range);
    expect(starts[0]).toBeUndefined();
    expect(starts.slice(1)).toEqual(
      starts.slice(1).toSorted((a, b) => Number(a?.slice(6, -1)) - Number(b?.slice(6, -1))),
    );
    expect(asked.length).toBeGreaterThan(2);
    expect(asked.slice(1).every(({ headers }) => headers['if-range'] === '"one"')).toBe(true);
  });

  it('goes on with a part that an earlier process left', async () => {
    handle = withRanges();
    await writeFile(at('set.tar.part'), BYTES.subarray(0, 123_456));
    await writeFile(at('set.tar.part.etag'), '"one"');
    await fetchFile(fileOf(), optionsOf());
    expect(asked.map(({ headers }) => headers.range)).toEqual(['bytes=123456-']);
    expect(await fetched()).toBe(true);
  });

  it('begins anew where the file was changed meanwhile, and where a server knows no ranges', async () => {
    for (const handler of [
      withRanges({ etag: '"two"' }),
      ((_, answer) => answer.end(BYTES)) satisfies Handler,
    ]) {
      handle = handler;
      await rm(at('set.tar'), { force: true });
      await writeFile(at('set.tar.part'), new Uint8Array(5000));
      await writeFile(at('set.tar.part.etag'), '"one"');
      said.length = 0;
      await fetchFile(fileOf(), optionsOf());
      expect(await fetched()).toBe(true);
      expect(said).toEqual([expect.stringContaining('starting anew')]);
    }
  });

  it('throws a part away that does not fit the rest, and begins anew, once', async () => {
    handle = withRanges();
    await writeFile(at('set.tar.part'), new Uint8Array(5000));
    await fetchFile(fileOf(), optionsOf());
    expect(await fetched()).toBe(true);
    expect(asked).toHaveLength(2);
  });

  it('ends where the checksum is wrong, and keeps nothing', async () => {
    handle = withRanges();
    const file = fileOf({ digest: { algorithm: 'md5', hex: md5(Uint8Array.of(1)), from: 'its authors' } });
    await expect(fetchFile(file, optionsOf())).rejects.toMatchObject({ code: 'checksum' });
    expect(await readdir(folder)).toEqual([]);
    expect(asked).toHaveLength(1);
  });

  it('is not tried again where the answer would stay the same', async () => {
    for (const [status, word] of [
      [404, 'no such file'],
      [403, 'refuses'],
      [401, 'account'],
    ] as const) {
      asked.length = 0;
      handle = (_, answer) => answer.writeHead(status).end('<html>');
      await expect(fetchFile(fileOf(), optionsOf())).rejects.toThrow(
        new RegExp(`${status}.*${word}.*--from`),
      );
      expect(asked).toHaveLength(1);
    }
  });

  it('refuses another file, such as a page to sign in, before it reads it', async () => {
    handle = (_, answer) => answer.end('<html>sign in</html>');
    await expect(fetchFile(fileOf(), optionsOf())).rejects.toMatchObject({ code: 'wrong-size' });
    expect((await readdir(folder)).filter((name) => name === 'set.tar')).toEqual([]);
  });

  it('takes no byte more than the file has', async () => {
    handle = (_, answer) => {
      answer.write(BYTES);
      answer.end(BYTES); // no length is told
    };
    await expect(fetchFile(fileOf(), optionsOf())).rejects.toMatchObject({ code: 'wrong-size' });
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('is cut where nothing comes, and tried again a few times', async () => {
    handle = (_, answer) => {
      answer.writeHead(200, { 'content-length': BYTES.length });
      answer.write(BYTES.subarray(0, 1000));
    };
    said.length = 0;
    await expect(fetchFile(fileOf(), optionsOf({ stall: 400 }))).rejects.toThrow(/nothing came.*5 times/);
    expect(asked).toHaveLength(5);
    expect((await stat(at('set.tar.part'))).size).toBe(1000);
  });

  it('is tried again after an error of the server', async () => {
    const whole = withRanges();
    handle = (one, answer) => (asked.length < 3 ? void answer.writeHead(503).end() : whole(one, answer));
    await fetchFile(fileOf(), optionsOf());
    expect(await fetched()).toBe(true);
  });

  it('follows redirects, and not for ever', async () => {
    const whole = withRanges();
    handle = (one, answer) =>
      one.url === '/set.tar' ? void answer.writeHead(302, { location: '/there' }).end() : whole(one, answer);
    await fetchFile(fileOf(), optionsOf());
    expect(await fetched()).toBe(true);
    asked.length = 0;
    handle = (_, answer) => answer.writeHead(301, { location: '/set.tar' }).end();
    await rm(at('set.tar'));
    await expect(fetchFile(fileOf(), optionsOf())).rejects.toMatchObject({ code: 'redirects' });
    expect(asked.length).toBeLessThan(8);
    handle = (_, answer) => answer.writeHead(302, { location: 'file:///etc/passwd' }).end();
    await expect(fetchFile(fileOf(), optionsOf())).rejects.toMatchObject({ code: 'bad-address' });
  });

  it('that is stopped keeps what came, and the next one goes on', async () => {
    const controller = new AbortController();
    handle = (_, answer) => {
      answer.writeHead(200, { 'content-length': BYTES.length, etag: '"one"' });
      answer.write(BYTES.subarray(0, 70_000));
    };
    const options = optionsOf({
      signal: controller.signal,
      stall: 5000,
      onProgress: ({ done }) => done === 70_000 && controller.abort(),
    });
    await expect(fetchFile(fileOf(), options)).rejects.toMatchObject({ name: 'AbortError' });
    handle = withRanges();
    await fetchFile(fileOf(), optionsOf());
    expect(asked.at(-1)?.headers.range).toBe('bytes=70000-');
    expect(await fetched()).toBe(true);
  });

  it('comes from a mirror, or from a folder, where one is named', async () => {
    handle = withRanges();
    const file = fileOf({ url: 'http://127.0.0.1:9/nowhere' });
    await fetchFile(file, optionsOf({ from: `${base}/mirror/` }));
    expect([asked[0]?.url, await fetched()]).toEqual(['/mirror/set.tar', true]);
    const other = await mkdtemp(path.join(folder, 'other-'));
    await fetchFile(file, optionsOf({ folder: other, from: folder }));
    expect(await readdir(other)).toEqual(['set.tar']);
    await writeFile(at('set.tar'), BYTES.subarray(1));
    await rm(path.join(other, 'set.tar'));
    await expect(fetchFile(file, optionsOf({ folder: other, from: folder }))).rejects.toMatchObject({
      code: 'wrong-size',
    });
  });
});

describe('getting a dataset', () => {
  const named = officialDataset;

  it('says what to do about those that want an account, and checks what lies there', async () => {
    await expect(getDataset({ ...optionsOf(), dataset: named('imagenet') })).rejects.toThrow(
      /image-net\.org.*ILSVRC2012_img_val\.tar/,
    );
    await writeFile(at('set.tar'), BYTES);
    const dataset = { ...named('imagenet'), files: [fileOf()] };
    expect(await getDataset({ ...optionsOf(), dataset })).toMatchObject({ fetched: [], root: folder });
  });

  it('fetches what is missing, makes of it what the plugin reads, and has nothing to do the next time', async () => {
    const packed = gzipSync(BYTES);
    handle = ({ url }, answer) => answer.end(url === '/set.tgz' ? packed : BYTES);
    const tgz = fileOf({
      ...{ name: 'set.tgz', url: `${base}/set.tgz`, bytes: packed.length, then: 'gunzip' },
      digest: { algorithm: 'md5', hex: md5(packed), from: 'its authors' },
    });
    const other = fileOf({ name: 'other.bin', url: `${base}/other.bin` });
    await writeFile(at('other.bin'), BYTES);
    const dataset = { ...named('cub'), files: [tgz, other] };
    const whats = new Set<string>();
    const request = { ...optionsOf({ onProgress: ({ what }) => whats.add(what) }), dataset };
    expect((await getDataset(request)).fetched).toEqual(['set.tgz']);
    expect([...whats]).toEqual(['fetching', 'checking', 'unpacking']);
    expect((await readdir(folder)).toSorted()).toEqual(['other.bin', 'set.tar']);
    expect(await fetched()).toBe(true);
    expect((await getDataset(request)).fetched).toEqual([]);
    expect(asked).toHaveLength(1);
  });

  it('refuses a disk without room before it asks for anything', async () => {
    expect(() => checkSpace(2e10, 1.5e9, '/data')).toThrow(/1\.5 GB free.*20 GB/);
    expect(() => checkSpace(1e9, 1e9, '/data')).not.toThrow();
    const dataset = { ...named('cub'), files: [fileOf({ bytes: 2 ** 52 })] };
    await expect(getDataset({ ...optionsOf(), dataset })).rejects.toMatchObject({ code: 'no-space' });
    expect(asked).toHaveLength(0);
  });

  it('leaves alone what is there under the name and is another file', async () => {
    await writeFile(at('cifar-10-binary.tar.gz'), 'mine');
    await expect(getDataset({ ...optionsOf(), dataset: named('cifar10') })).rejects.toMatchObject({
      code: 'checksum',
    });
    expect(await readFile(at('cifar-10-binary.tar.gz'), 'utf8')).toBe('mine');
  });

  it('waits for another process in the same folder', async () => {
    handle = withRanges();
    const dataset = { ...named('cub'), files: [fileOf()] };
    const both = await Promise.all([1, 2].map(() => getDataset({ ...optionsOf(), dataset })));
    expect(both.map((got) => got.fetched.length).toSorted()).toEqual([0, 1]);
    expect(asked).toHaveLength(1);
  });
});
