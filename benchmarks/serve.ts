// A server under load: 64 connections that each send a picture as soon as the one before is answered.
//   npm run bench:serve -- <run or export> [seconds]
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import path from 'node:path';

const [folder, seconds = '60'] = process.argv.slice(2);
if (folder === undefined) throw new Error('Say what to serve: npm run bench:serve -- runs/emoji-cds');

const CONNECTIONS = 64;
const bin = path.resolve(import.meta.dirname, '../packages/cli/bin/understory.js');
const child = spawn(process.execPath, [bin, 'serve', folder, '--port', '0'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const url = await new Promise<string>((done) => {
  let said = '';
  child.stdout.on('data', (part: Buffer) => {
    said += part.toString();
    const found = /(http\S+\/predict): (.*)/.exec(said);
    if (found) {
      process.stdout.write(found[2]! + '\n');
      done(found[1]!);
    }
  });
});

/** User and system time of a process in seconds, as Linux tells it. */
const cpuOf = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
};

const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
const picture = readFileSync(path.resolve(import.meta.dirname, '../packages/serve/testdata/red.png'));
const post = (): Promise<number> =>
  new Promise((done, failed) => {
    const asked = request(
      url,
      { method: 'POST', agent, headers: { 'content-length': picture.length } },
      (response) => {
        response.resume().on('end', () => {
          done(response.statusCode ?? 0);
        });
      },
    );
    asked.on('error', failed);
    asked.end(picture);
  });

const [times, errors]: [number[], string[]] = [[], []];
const end = performance.now() + 1000 * Number(seconds);
const before = cpuOf(child.pid!);
const one = async (): Promise<void> => {
  while (performance.now() < end) {
    const begin = performance.now();
    const status = await post().catch(String);
    if (status !== 200) errors.push(String(status));
    times.push(performance.now() - begin);
  }
};
await Promise.all(Array.from({ length: CONNECTIONS }, one));
const cpu = cpuOf(child.pid!) - before;
times.sort((a, b) => a - b);
const at = (share: number): string => `${times[Math.floor(share * (times.length - 1))]!.toFixed(0)} ms`;
process.stdout.write(
  `${times.length} images in ${seconds} s: ${(times.length / Number(seconds)).toFixed(0)} a second, ` +
    `${((1000 * cpu) / times.length).toFixed(2)} ms of the server's CPU each; p50 ${at(0.5)}, p99 ${at(0.99)}, most ${at(1)}; ` +
    `${errors.length} errors ${[...new Set(errors)].join(', ')}\n`,
);
const metrics = await (await fetch(url.replace('predict', 'metrics'))).text();
process.stdout.write(
  `${/^understory_batch_images_sum.*\n.*count.*/m.exec(metrics)?.[0] ?? ''}; ${/^process_resident.*/m.exec(metrics)?.[0] ?? ''}\n`,
);
agent.destroy();
child.kill('SIGINT');
