import { Worker } from 'node:worker_threads';

/** What a thread of its own runs: a run that TensorFlow does not let go of also holds the main thread, which closes its session. */
const CODE = `
const { workerData: { text, ms } } = require('node:worker_threads');
setTimeout(() => {
  require('node:fs').writeSync(2, '\\nunderstory: ' + text + '\\n');
  process.kill(process.pid, 'SIGKILL');
}, ms);`;

/** Ends this process by SIGKILL after so many ms, with a last word on standard error; gives what prevents it. */
export const endUnlessPrevented = (text: string, ms: number): (() => void) => {
  const thread = new Worker(CODE, { eval: true, workerData: { text, ms } });
  thread.unref();
  return () => void thread.terminate();
};
