import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { UnderstoryError } from '@understory/core';
import type { RowAnswer, RowRequest } from './rowWorker.ts';

const passOn = (from: Readable, to: Writable, name: string): void => {
  createInterface({ input: from }).on('line', (line) => {
    const text = line.trim();
    if (text !== '') to.write(text.startsWith(name) ? `${text}\n` : `${name}  ${text}\n`);
  });
};

export interface ForkOptions {
  /** What its lines begin with. */
  readonly name: string;
  /** CPU threads of one op. */
  readonly threads: number;
  readonly signal: AbortSignal;
}

/** Trains a row in a process of its own. False where it was interrupted. Throws `row-failed` with what the row said. */
export const forkRow = async (
  request: RowRequest,
  { name, threads, signal }: ForkOptions,
): Promise<boolean> => {
  const env = { ...process.env, TF_NUM_INTRAOP_THREADS: String(threads) };
  const child = fork(new URL('rowWorker.js', import.meta.url), {
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  passOn(child.stdout!, process.stdout, name);
  passOn(child.stderr!, process.stderr, name);
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = (): void => {
    if (child.connected) child.send('stop');
  };
  signal.addEventListener('abort', stop, { once: true });
  let answer: RowAnswer | undefined;
  child.on('message', (message: RowAnswer) => (answer = message));
  child.send(request);
  const [code] = (await once(child, 'close')) as [number | null];
  signal.removeEventListener('abort', stop);
  process.off('exit', kill);
  if (answer && 'trained' in answer) return answer.trained;
  const why = answer ? answer.error : `its process ended with code ${code}.`;
  throw new UnderstoryError('row-failed', `${name}: ${why}`);
};
