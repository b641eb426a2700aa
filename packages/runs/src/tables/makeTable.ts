import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { oneByOne, UnderstoryError, type Spec } from '@understory/core';
import type { Table } from '@understory/recipes/experiments';
import { writeAtomic } from '@understory/tracking/node';
import type { Listeners } from '../listeners.ts';
import { checkPath, inputPathFault } from '../paths.ts';
import { DATA_PATHS } from '../run/settings.ts';
import { forkRow } from './forkRow.ts';
import { errorOf, failureOf } from '../processes/messages.ts';
import { writeTablePicture } from './tablePicture.ts';
import { chosenRows, keptOf, leftOut, taskName, measuredOnOthers, type Task } from './plan.ts';
import { renewTable } from './renewTable.ts';
import { sideBySide, type Outcome } from './sideBySide.ts';
import {
  checkRows,
  engineOf,
  openWork,
  selectionOf,
  tableSetup,
  type TableOptions,
  type TableSetup,
} from './tableSetup.ts';
import { tableText } from './tableText.ts';
import { openTasks, taskBefore, trainTask } from './trainTask.ts';

export interface MakeTableRequest extends TableOptions {
  readonly seeds?: number;
  /** How many rows are trained at a time; more than one are trained in a process each. */
  readonly jobs: number;
  /** A Markdown file whose table of this name is renewed. */
  readonly into?: string;
  /** An SVG file in which the table is drawn. */
  readonly picture?: string;
  /** Trains nothing. */
  readonly kept?: boolean;
  /** Keys of rows, or the network or method that they name. */
  readonly only?: readonly string[];
}

/** Who is told, and what stops it after a step, with a checkpoint. */
export interface TableListeners extends Listeners {
  readonly signal: AbortSignal;
}

export interface MadeTable {
  /** In Markdown, with title. */
  readonly page: string;
  /** Where it is kept. */
  readonly file: string;
  /** Rows that failed, with what each said: an `UnderstoryError` where a user can mend it. */
  readonly failed: readonly { readonly name: string; readonly error: unknown }[];
  /** Rows that were not begun, as the one that they build on failed. */
  readonly skipped: readonly string[];
}

/** Where a dataset's files lie. */
const pathsOf = (dataset: Spec): string[] => {
  const [, options = {}] = typeof dataset === 'string' ? [dataset] : dataset;
  return DATA_PATHS.flatMap((key) => {
    const place = options[key];
    return typeof place === 'string' ? [place] : [];
  });
};

/** Where every seed of a row begins with one and the same network. */
const ONE_BEFORE =
  ' Rows that build on another build on one run of it for all seeds: their intervals leave out what chance did there.';

const noteOf = ({ told, rows }: Table, selectOn: string): string =>
  `${told === 'validation' ? 'Validation' : 'Test'} images, mean ± standard deviation over the seeds. "Above" is the mean of the ` +
  'differences seed by seed, in points, with its 95 % interval (Student); what holds 0 is within chance, and * is beyond it among all ' +
  `rows (Holm). The best epoch is chosen on ${selectOn}${selectOn === 'test' ? ' images' : ''}.` +
  (rows.some(({ seed }) => seed !== undefined) ? ONE_BEFORE : '');

/** Writes the table of all results that are kept. */
const write = async (
  setup: TableSetup,
  { into, picture }: MakeTableRequest,
): Promise<Pick<MadeTable, 'page' | 'file'>> => {
  const { table, make, results, runs } = setup;
  const kept = await keptOf(table, results, make);
  const text = tableText(table, kept);
  const page = `### ${table.title}\n\n${noteOf(table, selectionOf(setup))}\n\n${text}\n`;
  const file = path.join(runs, 'table.md');
  await writeAtomic(file, page);
  if (into !== undefined) await renewTable(into, table.name, text);
  if (picture !== undefined) await writeTablePicture(picture, table, kept);
  return { page, file };
};

/** A table without results that are there would puzzle whoever kept them. */
const tellOfLeftOut = async ({ table, make, results }: TableSetup, { say }: Listeners): Promise<void> => {
  const left = await leftOut(table, results, make);
  if (left.size === 0) return;
  const keys = [...new Set([...left.values()].flat())].join(', ');
  say(
    `${left.size} of the results in ${results} were trained with other settings (${keys}), so they do not count here. ` +
      'Give --scale, --data, --test and --set as they were trained, or delete them.',
  );
};

/** Figures of other images stand in no table together without a word. */
const tellOfOtherImages = async ({ table, make, results }: TableSetup, { say }: Listeners): Promise<void> => {
  const others = measuredOnOthers(table, await keptOf(table, results, make));
  if (others.length === 0) return;
  const names = others.slice(0, 3).join(', ') + (others.length > 3 ? ', …' : '');
  say(
    `${others.length} of the results in ${results} were measured on other images than the first (${names}): this table ` +
      'compares them all the same. Delete those of other data, or give --results another folder.',
  );
};

type Train = (task: Task) => Promise<boolean>;

/** How one row is trained: in this process, where rows are trained one by one; each in its own where several are. */
const trainer = async (
  setup: TableSetup,
  options: MakeTableRequest,
  listeners: TableListeners,
): Promise<Train> => {
  const { jobs } = options;
  const { signal } = listeners;
  if (jobs > 1) {
    const threads = engineOf(setup).threads || Math.max(1, Math.floor(availableParallelism() / jobs));
    const train: Train = (task) => {
      const request = { table: setup.table.name, options, row: task.row.key, seed: task.seed };
      return forkRow(request, { name: taskName(task), threads, signal }, listeners);
    };
    return train;
  }
  const work = await openWork(setup, signal, listeners);
  return (task) =>
    trainTask(task, setup, work).catch((error: unknown) => {
      throw errorOf(taskName(task), 'row-failed', failureOf(error));
    });
};

const trainAll = async (
  tasks: readonly Task[],
  setup: TableSetup,
  options: MakeTableRequest,
  listeners: TableListeners,
): Promise<Outcome<Task>> => {
  const train = await trainer(setup, options, listeners);
  const tell = (error: unknown): never => {
    const others = tasks.length > 1 ? ' The other rows go on.' : '';
    listeners.say(`${error instanceof Error ? error.message : String(error)}${others}`);
    throw error;
  };
  const writes = oneByOne(); // rows may end at the same time
  const run: Train = async (task) => {
    const trained = !listeners.signal.aborted && (await train(task).catch(tell));
    if (trained) await writes(() => write(setup, options)).catch(tell);
    return trained;
  };
  const before = (task: Task): Task | undefined => taskBefore(task, tasks, setup);
  return sideBySide(tasks, { jobs: options.jobs, before, run });
};

/** Data that is not there is told before TensorFlow is loaded. */
const checkSources = (tasks: readonly Task[], { table, make }: TableSetup): void => {
  const read = new Set(tasks.flatMap(({ row, seed }) => pathsOf(make(row, seed).dataset)));
  for (const { option, path: place, get } of table.sources ?? []) {
    if (place === undefined) continue;
    if (![...read].some((file) => file === place || file.startsWith(place + path.sep))) continue;
    if (get !== undefined && !existsSync(place))
      throw new UnderstoryError(
        'options',
        `${place}, which ${table.name} is made of, does not exist. Fetch it with \`${get}\`, or say with ${option} where it is.`,
      );
    checkPath(inputPathFault, option, place);
  }
};

const NOTHING: Outcome<Task> = { interrupted: false, failed: [], skipped: [] };

/**
 * Trains every row of a table of the paper with every seed that has no result yet; the table grows row by row, and goes on after a row
 * that failed. Undefined where it was interrupted. Errors: `unknown-name`, `no-mark`, `options`.
 */
export const makeTable = async (
  name: string,
  options: MakeTableRequest,
  listeners: TableListeners,
): Promise<MadeTable | undefined> => {
  const setup = tableSetup(name, options);
  const { seeds = setup.table.seeds, only, set, into, picture } = options;
  const rows = chosenRows(setup.table, only);
  await checkRows(rows, setup, set);
  // Tells of missing marks, and of places that cannot be written, before anything is trained.
  if (into !== undefined || picture !== undefined) await write(setup, options);
  await tellOfLeftOut(setup, listeners);
  const tasks = options.kept ? [] : await openTasks(rows, seeds, setup);
  if (tasks.length > 0) checkSources(tasks, setup); // before TensorFlow is loaded
  const { interrupted, failed, skipped } =
    tasks.length > 0 ? await trainAll(tasks, setup, options, listeners) : NOTHING;
  if (interrupted) return undefined;
  await tellOfOtherImages(setup, listeners);
  return {
    ...(await write(setup, options)),
    failed: failed.map(({ task, error }) => ({ name: taskName(task), error })),
    skipped: skipped.map(taskName),
  };
};
