import { readdirSync, readFileSync } from 'node:fs';

interface Process {
  readonly parent: number;
  /** Seconds of processors' time, of its threads and of children that have ended. */
  readonly cpu: number;
}

/** Clock ticks of a second in /proc, on every Linux that Node runs on. */
const TICKS = 100;

const processOf = (id: string): Process | undefined => {
  try {
    const text = readFileSync(`/proc/${id}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [, parent = 0] = fields;
    const cpu = fields.slice(11, 15).reduce((sum, ticks) => sum + ticks, 0) / TICKS;
    return { parent, cpu };
  } catch {
    return undefined; // it has just ended
  }
};

/** Seconds of processors' time that a process and all below it have taken so far (Linux). */
export const cpuOfTree = (root: number): number => {
  const all = new Map<number, Process>();
  for (const name of readdirSync('/proc')) {
    const found = /^\d+$/.test(name) ? processOf(name) : undefined;
    if (found) all.set(Number(name), found);
  }
  const isBelow = (id: number): boolean => {
    if (id === root) return true;
    const parent = all.get(id)?.parent ?? 0;
    return parent > 1 && isBelow(parent);
  };
  return [...all].reduce((sum, [id, { cpu }]) => sum + (isBelow(id) ? cpu : 0), 0);
};
