import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What a process says of a step, of its memory, and of itself when it is ready. */
export interface Answer {
  readonly wall: number;
  readonly cpu: number;
  readonly loss: number;
  readonly memory: number;
  readonly parameters: number;
  readonly ready: string;
  /** Share of the time spent waiting for the loader. */
  readonly waiting?: number;
  /** Why it cannot do what it was asked. */
  readonly failed?: string;
}

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

interface Talk {
  readonly process: ChildProcess;
  readonly lines: AsyncIterator<string, undefined>;
}

/** One of the processes that are compared: it runs a step when it is asked to. */
export class Contestant {
  readonly name: string;
  readonly steps: Answer[] = [];
  /** Milliseconds from the process's start to the end of its first step. */
  first = NaN;
  /** Why it cannot go on. */
  failed: string | undefined;
  readonly #command: readonly string[];
  readonly #env: Readonly<Record<string, string>>;
  readonly #handed: number | undefined;
  #talk: Talk | undefined;

  /** `handed`: a descriptor that the process has as number 3. */
  constructor(
    name: string,
    command: readonly string[],
    env: Readonly<Record<string, string>> = {},
    handed?: number,
  ) {
    this.name = name;
    this.#command = command;
    this.#env = env;
    this.#handed = handed;
  }

  /** Starts the process, a new one where one has ended, and lets it run its first step; gives its first words. */
  async begin(): Promise<Answer> {
    const born = performance.now();
    this.#talk = this.#start();
    const greeting = await this.#answer<object>();
    if (this.failed === undefined) await this.ask('step');
    if (this.failed === undefined) this.first = performance.now() - born;
    return greeting;
  }

  /** `More`: what a program answers to this command beside. */
  ask<More extends object = object>(command: string): Promise<Answer & More> {
    this.#talk!.process.stdin!.write(`${command}\n`);
    return this.#answer<More>();
  }

  /** Ends the process; afterwards its memory is free. */
  async end(): Promise<void> {
    const child = this.#talk?.process;
    child?.stdin!.end();
    const lives = child?.pid !== undefined && child.exitCode === null && child.signalCode === null;
    if (lives) await once(child, 'exit');
  }

  #start(): Talk {
    const [file, ...args] = this.#command;
    const env = { ...process.env, ...this.#env };
    const handed = this.#handed === undefined ? [] : [this.#handed];
    const stdio: StdioOptions = ['pipe', 'pipe', 'inherit', ...handed];
    const child = spawn(file!, args, { cwd: root, env, stdio });
    child.on('error', ({ message }) => (this.failed = message));
    child.stdin?.on('error', () => undefined); // a process that has ended gives no answer, which is how it is noticed
    const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    return { process: child, lines: lines as Talk['lines'] };
  }

  async #answer<More extends object>(): Promise<Answer & More> {
    const { process: child, lines } = this.#talk!;
    const { value, done } = await lines.next();
    const ended = `it has ended (${child.signalCode ?? child.exitCode ?? 'it did not begin'})`;
    const answer = done ? { failed: ended } : (JSON.parse(value) as Partial<Answer>);
    this.failed ??= answer.failed;
    return answer as Answer & More;
  }
}

/** A program of `step/`, through tsx, from the sources. */
export const fromSource = (script: string): readonly string[] => [
  process.execPath,
  '--import',
  'tsx', // not its command, whose process would stand between
  '--conditions=@understory/source',
  path.join(root, 'benchmarks/step', script),
];

export const inRoot = (file: string): string => path.join(root, file);
