import { createInterface } from 'node:readline';

const say = (what: object): void => void process.stdout.write(`${JSON.stringify(what)}\n`);

/** Time and CPU time of what happens in `work`, in milliseconds. */
export const timed = async <T>(work: () => Promise<T>): Promise<[T, { wall: number; cpu: number }]> => {
  const [wall, before] = [performance.now(), process.cpuUsage()];
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return [result, { wall: performance.now() - wall, cpu: (user + system) / 1000 }];
};

/** What one of the compared programs says first, and what it does when it is told to, by name. */
export interface Program {
  readonly ready: string;
  readonly parameters: number;
  readonly commands: Readonly<Record<string, () => Promise<object>>>;
}

/**
 * Answers each line of standard input with one of JSON; `memory` gives the peak resident memory in bytes. What fails is
 * answered with `{ failed }`: the others go on.
 */
export const answerLines = async (start: () => Promise<Program>): Promise<void> => {
  const failed = (error: unknown): object => ({
    failed: error instanceof Error ? error.message.split('\n')[0] : String(error),
  });
  const memory = (): Promise<object> => Promise.resolve({ memory: process.resourceUsage().maxRSS * 1024 });
  try {
    const { commands, ...greeting } = await start();
    say(greeting);
    for await (const line of createInterface({ input: process.stdin })) {
      const command = { memory, ...commands }[line.trim()];
      say(await (command?.() ?? Promise.reject(new Error(`no command ${line}`))).catch(failed));
    }
  } catch (error) {
    say(failed(error));
  }
};
