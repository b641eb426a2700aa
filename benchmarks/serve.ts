// Servers under load, one after the other in turns: 64 connections that each send a picture as soon as the one before is answered.
//   npm run bench:serve -- <run or export>,<another>,… [seconds for each]
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import path from 'node:path';

const [folders = '', seconds = '60'] = process.argv.slice(2);
if (folders === '')
  throw new Error('Say what to serve: npm run bench:serve -- runs/emoji-cds,runs/emoji-cds/model 60');

const CONNECTIONS = 64;
/** Seconds of a turn: what else the machine does then falls on all alike. */
const TURN = 5;
const bin = path.resolve(import.meta.dirname, '../packages/cli/bin/understory.js');
const picture = readFileSync(path.resolve(import.meta.dirname, '../packages/serve/testdata/red.png'));

interface Served {
  readonly name: string;
  readonly runtime: string;
  readonly url: string;
  readonly pid: number;
  agent: Agent;
  readonly stop: () => void;
  /** Milliseconds of each answer, and what went wrong. */
  readonly times: number[];
  readonly errors: string[];
  cpu: number;
  wall: number;
}

const started = (folder: string): Promise<Served> =>
  new Promise((done, failed) => {
    const child = spawn(process.execPath, [bin, 'serve', folder, '--port', '0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.on('exit', (code) => failed(new Error(`${folder} is not served: exit code ${code ?? ''}`)));
    let said = '';
    child.stdout.on('data', (part: Buffer) => {
      said += part.toString();
      const [, url, runtime] = /(http\S+\/predict): (.*)/.exec(said) ?? [];
      if (url === undefined || runtime === undefined || child.pid === undefined) return;
      const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
      const stop = (): void => {
        child.kill('SIGINT');
      };
      done({
        ...{ name: folder, runtime, url, pid: child.pid, agent, stop },
        ...{ times: [], errors: [], cpu: 0, wall: 0 },
      });
    });
  });

/** User and system time of a process in seconds, as Linux tells it. */
const cpuOf = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
};

const post = ({ url, agent }: Served): Promise<number> =>
  new Promise((done, failed) => {
    const headers = { 'content-length': picture.length };
    const asked = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume().on('end', () => done(response.statusCode ?? 0));
    });
    asked.on('error', failed);
    asked.end(picture);
  });

/** Connections last for one turn: no server shall close those that wait for the next one. */
const turn = async (served: Served, length: number, counts: boolean): Promise<void> => {
  served.agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const [begin, before] = [performance.now(), cpuOf(served.pid)];
  const one = async (): Promise<void> => {
    while (performance.now() < begin + 1000 * length) {
      const asked = performance.now();
      const status = await post(served).catch(String);
      if (status !== 200) served.errors.push(String(status));
      if (counts) served.times.push(performance.now() - asked);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, one));
  served.agent.destroy();
  if (!counts) return;
  served.wall += (performance.now() - begin) / 1000;
  served.cpu += cpuOf(served.pid) - before;
};

const told = async ({ name, runtime, url, times, errors, cpu, wall }: Served): Promise<string> => {
  times.sort((a, b) => a - b);
  const at = (share: number): string =>
    `${(times[Math.floor(share * (times.length - 1))] ?? NaN).toFixed(0)} ms`;
  const metrics = await (await fetch(url.replace('predict', 'metrics'))).text();
  const [, resident = 'NaN'] = /^process_resident\S* (\S+)/m.exec(metrics) ?? [];
  const rate = `${times.length} images in ${wall.toFixed(0)} s: ${(times.length / wall).toFixed(0)} a second`;
  return (
    `${name} (${runtime})\n  ${rate}, ${((1000 * cpu) / times.length).toFixed(2)} ms of the server's CPU each; ` +
    `p50 ${at(0.5)}, p99 ${at(0.99)}, most ${at(1)}; ${errors.length} errors ${[...new Set(errors)].join(', ')}; ` +
    `${(Number(resident) / 1e6).toFixed(0)} MB\n`
  );
};

const all: Served[] = [];
try {
  for (const folder of folders.split(',')) all.push(await started(folder));
  for (const served of all) await turn(served, 1, false);
  for (let passed = 0; passed < Number(seconds); passed += TURN)
    for (const served of all) await turn(served, Math.min(TURN, Number(seconds) - passed), true);
  for (const served of all) process.stdout.write(await told(served));
} finally {
  for (const served of all) served.stop();
}
