import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryFolder } from '@understory/runs/testing';
import { afterAll, expect, it } from 'vitest';
import { start } from '../testing/understory.ts';

const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true }));

// In pip's place: says that it is pip, and when it is to fetch something starts a child and waits for it for ten minutes.
const PIP = `#!/bin/bash
case "$*" in *--version*) echo "pip 25.1 from nowhere"; exit;; esac
eval "$TRAP"
sleep 600 &
echo "$$ $!" > "$PIDS.new"; mv "$PIDS.new" "$PIDS"
wait; wait
`;

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z');
  } catch {
    return false;
  }
};

it.runIf(process.platform === 'linux').each([
  ['SIGINT', ''],
  ['SIGTERM', ''],
  ['SIGHUP', "trap '' TERM HUP INT"], // and a pip that does not want to end
] as const)('ends pip and what pip started at %s, with one line, and leaves nothing', async (name, trap) => {
  const at = path.join(folder, name);
  const [bin, cache, pids] = ['bin', 'cache', 'pids'].map((part) => path.join(at, part)) as [
    string,
    string,
    string,
  ];
  mkdirSync(bin, { recursive: true });
  writeFileSync(path.join(bin, 'python3'), PIP);
  chmodSync(path.join(bin, 'python3'), 0o755);
  const env = { PATH: `${bin}:${process.env['PATH']}`, UNDERSTORY_CACHE: cache, PIDS: pids, TRAP: trap };
  const { process: child, finished } = start(['engine', 'install'], at, env);
  while (!existsSync(pids) && child.exitCode === null) await sleep(20);
  child.kill(name);
  const { code, stderr } = await finished;
  expect(stderr.trim()).toBe('Stopping; what was fetched to its end is kept.');
  expect(code).toBe(128 + constants.signals[name]);
  expect(readFileSync(pids, 'utf8').trim().split(' ').map(Number).filter(isRunning)).toEqual([]);
  expect(readdirSync(path.join(cache, 'engine'))).toEqual([]);
});
