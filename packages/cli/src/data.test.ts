import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { OFFICIAL } from '@understory/runs';
import { captureOutput, temporaryFolder } from '@understory/runs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main } from './main.ts';
import { program } from './program.ts';
import { start } from './testing/understory.ts';

const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true }));

describe('understory data get', () => {
  /** Gives the first 70,000 bytes of what CIFAR-100's archive is said to have, and no more. */
  let server: Server;
  let base: string;
  beforeAll(async () => {
    const { bytes = 0 } = OFFICIAL.get('cifar100')?.files[0] ?? {};
    server = createServer((_, answer) => {
      answer.writeHead(200, { 'content-length': bytes });
      answer.write(new Uint8Array(70_000));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('names in its help every dataset of the table', () => {
    const data = program().commands.find((one) => one.name() === 'data');
    const get = data?.commands.find((one) => one.name() === 'get');
    const names = get?.registeredArguments[0]?.description.split(', ');
    expect(names?.toSorted()).toEqual([...OFFICIAL.keys()].toSorted());
  });

  it('names terms first, keeps what came when it is stopped, and says how to go on', async () => {
    const { process: child, finished } = start(['data', 'get', 'cifar100', 'got', '--from', base], folder);
    const part = path.join(folder, 'got', 'cifar-100-binary.tar.gz.part');
    while ((statSync(part, { throwIfNoEntry: false })?.size ?? 0) < 70_000 && child.exitCode === null)
      await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGINT');
    const { code, stdout, stderr } = await finished;
    expect([code, stdout]).toEqual([130, '']);
    expect(stderr).toMatch(/^CIFAR-100: https:.*\nTerms: .*Krizhevsky 2009[^]*\n1 file, 169 MB, into got\n/);
    expect(stderr).toContain('what came is kept, and the same command goes on');
    expect(statSync(part).size).toBe(70_000);
  });
});

describe('understory data check', () => {
  /** A BMP of 20 × 20 pixels with a pattern of its own for each `seed`. */
  const picture = (seed: number): Buffer => {
    const head = Buffer.alloc(54);
    head.write('BM');
    for (const [at, value] of [
      [2, 54 + 1200],
      [10, 54],
      [14, 40],
      [18, 20],
      [22, 20],
      [26, 1 + (24 << 16)],
      [34, 1200],
    ] as const)
      head.writeUInt32LE(value, at);
    return Buffer.concat([head, Uint8Array.from({ length: 1200 }, (_, i) => (i * i * seed + i * 7) & 255)]);
  };
  const write = (name: string, bytes: Uint8Array): void => {
    const at = path.join(folder, 'set', name);
    mkdirSync(path.dirname(at), { recursive: true });
    writeFileSync(at, bytes);
  };

  beforeAll(() => {
    for (const [split, className, seed] of [
      ['train', 'a', 10],
      ['train', 'a', 21],
      ['train', 'b', 32],
      ['train', 'b', 43],
      ['test', 'a', 54],
      ['test', 'b', 65],
      ['test', 'b', 21],
    ] as const)
      write(`${split}/${className}/${seed}.bmp`, picture(seed));
    write('train/a/66.bmp', picture(66).subarray(0, 200));
  });

  /** Runs the command in this process, which is sooner there. */
  const check = async (...args: readonly string[]): Promise<string> => {
    const sheet = ['--sheet', path.join(folder, 'sheet.png'), '--overwrite'];
    const { code, stdout, stderr } = await captureOutput(() => main(['data', 'check', ...args, ...sheet]));
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('Drawn in ');
    return stdout;
  };
  const set = path.join(folder, 'set');

  it('tells of a folder what cannot be read, what is there twice, and under which labels', async () => {
    const said = await check('images', set, '--set', 'validation=0');
    expect(said).toMatch(/^1 picture of 8 cannot be read:\n {2}train train\/a\/66\.bmp: .+$/m);
    expect(said).toMatch(/^Copies with equal pixels: 1, of 1 picture; in more than one split: 1; with/m);
    expect(said).toMatch(/^ {2}train a: train\/a\/21\.bmp = test b: test\/b\/21\.bmp$/m);
    expect(said).toMatch(/^1 of 3 test images \(33\.3 %\) have a near duplicate in train: 1 pair/m);
    expect(said.replaceAll(/\s+/g, ' ')).toContain(
      'to be looked at: 1 picture that cannot be read; 1 picture in more than one split; 1 pair of',
    );
    expect(Math.max(...said.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('decodes no pictures where it shall be quick, and tells all as JSON', async () => {
    const found = JSON.parse(await check('images', set, '--quick', '--json', '--split', 'test')) as object;
    expect(found).toMatchObject({ numbers: { balance: [{ split: 'train' }, { split: 'test' }] } });
    expect(found).not.toHaveProperty('pictures');
  });

  it('compares an official dataset with what is published, also where a config names it', async () => {
    const record = new Uint8Array(3073 * 20);
    for (let i = 0; i < 20; i++) record.fill((i * 37) & 255, i * 3073 + 1, (i + 1) * 3073)[i * 3073] = i % 10;
    const at = path.join(folder, 'cifar10');
    mkdirSync(at, { recursive: true });
    for (const name of [1, 2, 3, 4, 5].map((i) => `data_batch_${i}`).concat('test_batch'))
      writeFileSync(path.join(at, `${name}.bin`), record);
    writeFileSync(path.join(at, 'batches.meta.txt'), 'a b c d e f g h i j'.replaceAll(' ', '\n'));
    const config = path.join(folder, 'c.yaml');
    writeFileSync(config, `dataset: [cifar10, { root: ${at} }]\nbackbone: resnet18\n`);
    for (const args of [['cifar10', at], [config]]) {
      const said = await check(...args, '--quick');
      expect(said).toMatch(/^Counts differ from those of CIFAR-10,$/m);
      expect(said).toMatch(/^classes +10 +10 +equal$/m);
      expect(said).toMatch(
        /^train and validation +50,000 +100 +49,900 fewer; validation is taken from train$/m,
      );
      expect(said).toMatch(/^test +10,000 +20 +9,980 fewer$/m);
    }
  });
});
