import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { applyOverride, parseConfig, type ExperimentConfig } from '@understory/config';
import { unknownName, type DoneEvent, type Registry, type RunResult, type Runner } from '@understory/core';
import { tables, type Row, type Scale, type Table } from '@understory/recipes';
import { listRuns, openRun, readMetrics } from '@understory/tracking';
import { interruptible } from '../interrupt.ts';
import { markdownTable, meanAndDeviation } from '../statistics.ts';
import { preparation } from '../preparation.ts';
import { runExperiment } from '../runExperiment.ts';
import { openRegistry, openRunner } from '../session.ts';
import { terminalReporter } from '../terminal.ts';
import { wholeNumber } from '../wholeNumber.ts';

export interface ReproduceOptions {
  readonly scale: Scale;
  readonly data: string;
  readonly test?: string;
  readonly seeds?: string;
  readonly runs: string;
  readonly only?: string;
  /** Changes to every row's config, `key=value`: for a trial. */
  readonly set?: readonly string[];
}

interface Work {
  readonly registry: Registry;
  readonly runner: Runner;
  readonly runs: string;
  readonly signal: AbortSignal;
  readonly set: readonly string[];
}

const runName = (key: string, seed: number): string => `${key}-seed${seed}`;

/** A row's config with one seed. */
const configOf = (row: Row, seed: number, { runs, set }: Pick<Work, 'runs' | 'set'>): ExperimentConfig => {
  const runOf = (key: string): string => path.resolve(runs, runName(key, seed));
  const own = typeof row.config === 'function' ? row.config(runOf) : row.config;
  const config = structuredClone({ ...own, name: runName(row.key, seed), seed }) as Record<string, unknown>;
  for (const override of set) applyOverride(config, override);
  return parseConfig(config);
};

/** The rows that are wanted, and those that they build on. */
const chosenRows = ({ rows }: Table, only: string | undefined): readonly Row[] => {
  if (only === undefined) return rows;
  const keys = only.split(',');
  const known = rows.map((row) => row.key);
  const strange = keys.find((key) => !known.includes(key));
  if (strange !== undefined) throw unknownName('row', strange, known);
  const wanted = new Set(rows.filter((row) => keys.includes(row.key)).flatMap((row) => [row.key, row.after]));
  return rows.filter((row) => wanted.has(row.key));
};

/** The result of a run that has ended; undefined for one that has not. */
const resultOf = async (folder: string): Promise<RunResult | undefined> => {
  const lines = await readMetrics((await openRun(folder)).files.metrics);
  return (lines.findLast((l) => l.type === 'done') as DoneEvent | undefined)?.result;
};

/** Trains one row with one seed; a run that is there is read, or gone on with. */
const trainRow = async (row: Row, seed: number, work: Work): Promise<RunResult | undefined> => {
  const config = configOf(row, seed, work);
  const found = (await listRuns(work.runs)).find((r) => r.name === config.name);
  const ended = found && (await resultOf(found.folder));
  if (ended) return ended;
  const { experiment, training, done } = await runExperiment({
    ...work,
    config,
    folder: process.cwd(),
    ...(found && { resume: found.folder }),
    reporters: [terminalReporter()],
    onProgress: preparation(),
  });
  training.dispose();
  await experiment.dataset.close?.();
  return done.result;
};

const cells = (row: Row, results: readonly RunResult[]): string[] => {
  const values = (which: 'best' | 'last', metric: string): string =>
    meanAndDeviation(results.map((r) => 100 * r[which].test[metric]!));
  return [
    row.label,
    values('best', 'accuracy'),
    values('last', 'accuracy'),
    values('best', 'ece'),
    String(results.length),
    row.paper ?? '',
  ];
};

const write = async (
  table: Table,
  results: ReadonlyMap<Row, readonly RunResult[]>,
  runs: string,
): Promise<string> => {
  const rows = [...results].filter(([, r]) => r.length > 0).map(([row, r]) => cells(row, r));
  const header = [
    'method',
    'top-1 of the best epoch, %',
    'top-1 of the last, %',
    'ECE, %',
    'seeds',
    table.paperColumn ?? 'paper',
  ];
  const text = `### ${table.title}\n\nTest images, mean ± standard deviation; the best epoch is chosen on validation.\n\n${markdownTable(header, rows)}\n`;
  await mkdir(runs, { recursive: true });
  await writeFile(path.join(runs, 'table.md'), text);
  return text;
};

/** `understory reproduce <table>`: every row with every seed, resumable; the table grows row by row in table.md. */
export const reproduce = async (name: string, options: ReproduceOptions): Promise<void> => {
  const make = tables[name];
  if (!make) throw unknownName('table', name, Object.keys(tables));
  const { scale, data, test, set = [] } = options;
  const table = make({ scale, data, ...(test !== undefined && { test }) });
  const seeds = options.seeds === undefined ? table.seeds : wholeNumber('--seeds', options.seeds, 1);
  const rows = chosenRows(table, options.only);
  const runs = path.join(options.runs, `${table.name}-${scale}`);
  const registry = await openRegistry([], process.cwd());
  const runner = await openRunner(configOf(rows[0]!, 0, { runs, set }).engine);
  const { signal, release } = interruptible();
  const results = new Map<Row, RunResult[]>(rows.map((row) => [row, []]));
  for (let seed = 0; seed < seeds; seed++) {
    for (const row of rows) {
      const result = await trainRow(row, seed, { registry, runner, runs, signal, set });
      if (!result) return;
      results.get(row)!.push(result);
      await write(table, results, runs);
    }
  }
  release();
  process.stdout.write(`\n${await write(table, results, runs)}\nKept in ${path.join(runs, 'table.md')}\n`);
  runner.dispose();
};
