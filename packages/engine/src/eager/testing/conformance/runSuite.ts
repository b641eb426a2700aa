import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

export interface Failed {
  readonly name: string;
  readonly why: string;
}

export interface Outcome {
  readonly passed: number;
  readonly failed: readonly Failed[];
}

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/** Runs tfjs-core's suite, or the tests whose names match a pattern, in a process of its own. */
export const runSuite = (pattern = ''): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL('suite.ts', import.meta.url)), [pattern], {
      execArgv: ['--import', tsx, '--conditions=@understory/source'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'], // some tests print
    });
    child.on('message', (outcome) => resolve(outcome as Outcome));
    child.on('error', reject);
    child.on('exit', (code, signal) => reject(new Error(`The suite ended early: ${signal ?? code}.`)));
  });
