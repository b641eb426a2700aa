// A thread that sees Ctrl-C while the main one is busy with a step: Node tells of signals between two turns of the event
// loop, and op by op a step is one turn of many seconds. What a script is interrupted by, though, it tells at once.
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { runInThisContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import { countSignal, type Watch } from './interrupt.ts';

/** Time for the main thread to end the process in order, in ms. */
const GRACE = 300;

const { state, word } = workerData as Watch;

/** Holds this thread up until Ctrl-C; the next one would end the process. */
const untilInterrupted = (): void => {
  try {
    runInThisContext('Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)', { breakOnSigint: true });
  } catch {
    // That is how it ends.
  }
};

const say = (text: string): void => {
  try {
    writeSync(2, text);
  } catch {
    // The terminal is gone.
  }
};

for (let count = 0; count < 2;) {
  untilInterrupted();
  count = countSignal(state);
  if (count === 1) say(word);
  parentPort!.postMessage('SIGINT');
}
await sleep(GRACE);
process.kill(process.pid, 'SIGINT');
