import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process, as a lock names it: enough for another one to tell whether it still lives. */
export interface Owner {
  readonly pid: number;
  readonly host: string;
  /** Where its number counts: the machine's start and the container. Empty where the system does not say. */
  readonly space: string;
  /** Tells this process from a later one of the same number; empty where the system does not say. */
  readonly born: string;
  /** Tells this claim from every other. */
  readonly token: string;
}

const textOf = (read: () => string): string => {
  try {
    return read();
  } catch {
    return '';
  }
};

/** When a process started, in clock ticks since the machine did (Linux; field 22 of `/proc/<pid>/stat`). */
const bornAt = (pid: number): string =>
  textOf(() => {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  });

const spaceHere = (): string => {
  const boot = textOf(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  return `${boot} ${textOf(() => readlinkSync('/proc/self/ns/pid'))}`.trim();
};

/** This process, as the owner of one claim. */
export const thisProcess = (token: string): Owner => ({
  ...{ pid: process.pid, host: hostname(), space: spaceHere() },
  ...{ born: bornAt(process.pid), token },
});

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** Whether a process lives; `unknown` where it runs on another machine or in another container. */
export const lifeOf = ({ pid, host, space, born }: Owner): 'alive' | 'dead' | 'unknown' => {
  if (host !== hostname() || (space !== '' && space !== spaceHere())) return 'unknown';
  return isRunning(pid) && (born === '' || bornAt(pid) === born) ? 'alive' : 'dead';
};

const textIn = (value: object, key: string): string => {
  const found: unknown = Reflect.get(value, key);
  return typeof found === 'string' ? found : '';
};

/** The owner that a lock names; undefined where its text is not that of a lock. */
export const parseOwner = (text: string): Owner | undefined => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const pid: unknown = Reflect.get(value, 'pid');
  const host = textIn(value, 'host');
  if (typeof pid !== 'number' || !Number.isInteger(pid) || pid < 1 || host === '') return undefined;
  return {
    ...{ pid, host, space: textIn(value, 'space') },
    ...{ born: textIn(value, 'born'), token: textIn(value, 'token') },
  };
};
