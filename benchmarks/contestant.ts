import { spawn, type ChildProcess } from 'node:child_process';
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
}

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** One of the processes that are compared: it runs a step when it is asked to. */
export class Contestant {
  readonly name: string;
  readonly steps: Answer[] = [];
  /** Milliseconds from the process's start to the end of its first step. */
  first = NaN;
  readonly #born = performance.now();
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(name: string, command: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.name = name;
    const [file, ...args] = command;
    this.#process = spawn(file!, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#lines = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]();
  }

  /** Its first words. */
  async greeting(): Promise<Answer> {
    return this.#answer();
  }

  async step(): Promise<Answer> {
    const answer = await this.ask('step');
    if (Number.isNaN(this.first)) this.first = performance.now() - this.#born;
    return answer;
  }

  ask(command: string): Promise<Answer> {
    this.#process.stdin!.write(`${command}\n`);
    return this.#answer();
  }

  end(): void {
    this.#process.stdin!.end();
  }

  async #answer(): Promise<Answer> {
    const { value, done } = (await this.#lines.next()) as { value: string; done?: boolean };
    if (done) throw new Error(`${this.name} has ended`);
    return JSON.parse(value) as Answer;
  }
}

/** A program of `step/`, through tsx, from the sources. */
export const fromSource = (script: string): readonly string[] => [
  path.join(root, 'node_modules/.bin/tsx'),
  '--conditions=@understory/source',
  path.join(root, 'benchmarks/step', script),
];

export const inRoot = (file: string): string => path.join(root, file);
