import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Cell } from './entrants.ts';
import type { Row } from './race.ts';

/** How many times slower than the first contestant the others were, by CPU time: what moods of the machine leave alone. */
export interface Measured {
  readonly date: string;
  readonly threads: string;
  readonly what: string;
  readonly first: string;
  readonly ratios: Readonly<Record<string, number>>;
}

/** What was measured on one processor, the newest last. */
interface History {
  readonly processor: string;
  readonly measured: readonly Measured[];
}

const FOLDER = fileURLToPath(new URL('results', import.meta.url));

/** One file a processor: its model, and its newest instructions where several have one name (virtual machines). */
const processorHere = (): string => {
  const flags = existsSync('/proc/cpuinfo') ? readFileSync('/proc/cpuinfo', 'utf8') : '';
  const newest = ['amx_bf16', 'avx512_bf16', 'avx512f', 'avx2'].find((flag) => flags.includes(` ${flag} `));
  return [cpus()[0]?.model.trim() ?? process.arch, ...(newest ? [newest] : [])].join(', ');
};

const fileOf = (processor: string): string =>
  path.join(FOLDER, `${processor.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.json`);

const readHistory = (processor: string): History => {
  const file = fileOf(processor);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as History) : { processor, measured: [] };
};

export const measuredOf = (
  rows: readonly Row[],
  { model, detector, batch, size }: Cell,
  { threads, inference }: { readonly threads: string; readonly inference: boolean },
): Measured => {
  const [first, ...others] = rows.filter(({ failed }) => failed === undefined);
  const what = [detector, model, inference ? 'inference' : '', `${batch} images`, `${size} pixels`];
  return {
    date: new Date().toISOString().slice(0, 10),
    threads,
    what: what.filter(Boolean).join(', '),
    first: first?.name ?? '',
    ratios: Object.fromEntries(others.map(({ name, slowerCpu }) => [name, Number(slowerCpu.toFixed(3))])),
  };
};

/** Adds to the processor's history. */
export const keep = (measured: readonly Measured[]): string => {
  const history = readHistory(processorHere());
  mkdirSync(FOLDER, { recursive: true });
  const file = fileOf(history.processor);
  const all = { ...history, measured: [...history.measured, ...measured] };
  writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`);
  return file;
};

/** A ratio may fall by so much before it is said: rounds differ by some percent. */
const ALLOWED = 0.1;

/** What fell against the newest of the same processor, threads and contestants; null where there is nothing to compare with. */
export const fallen = (now: Measured): string[] | null => {
  const before = readHistory(processorHere()).measured.findLast(
    ({ what, threads, first }) => what === now.what && threads === now.threads && first === now.first,
  );
  if (!before) return null;
  return Object.entries(now.ratios).flatMap(([name, ratio]) => {
    const was = before.ratios[name];
    if (was === undefined || ratio >= was * (1 - ALLOWED)) return [];
    return [`${now.what}: ${name} was ${was}× as slow as ${now.first} on ${before.date}, and is ${ratio}×.`];
  });
};
