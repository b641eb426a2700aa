import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('asks a server about two pictures and prints what it says', async () => {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      const say = (name: string): object => ({ predictions: [{ class: name, probability: 0.5 }] });
      response.end(JSON.stringify({ results: [say('rose'), say('lily')] }));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const folder = mkdtempSync(path.join(tmpdir(), 'ask-'));
  const files = ['a.jpg', 'b.jpg'].map((name) => path.join(folder, name));
  files.forEach((file) => {
    writeFileSync(file, 'a picture');
  });
  const args = [path.join(import.meta.dirname, 'ask.js'), `http://127.0.0.1:${port}`, ...files];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  expect(stdout.trim().split('\n')).toEqual([`${files[0]!}: rose 50.0 %`, `${files[1]!}: lily 50.0 %`]);
  await new Promise((done) => server.close(done));
});
