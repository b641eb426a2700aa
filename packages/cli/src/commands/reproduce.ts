import { availableParallelism } from 'node:os';
import path from 'node:path';
import { writeAtomic } from '@understory/tracking';
import { checked, inputPath } from '../arguments/paths.ts';
import { interruptible } from '../interrupt.ts';
import {
  checkRows,
  engineOf,
  openWork,
  placeOf,
  type Place,
  type PlaceOptions,
  chosenRows,
  keptOf,
  leftOut,
  taskName,
  testedOnOthers,
  type Task,
  renewTable,
  sideBySide,
  tableText,
  openTasks,
  taskBefore,
  trainTask,
} from '@understory/runs';
import { forkRow } from '../results/forkRow.ts';
import { inTerminal } from '../terminal.ts';

export interface ReproduceOptions extends PlaceOptions {
  readonly seeds?: number;
  /** How many rows are trained at a time. */
  readonly jobs: number;
  /** A Markdown file whose table of this name is renewed. */
  readonly into?: string;
  /** Trains nothing. */
  readonly kept?: boolean;
  /** Keys of rows. */
  readonly only?: readonly string[];
}

/** Writes the table of all results that are kept, and gives it. */
const write = async ({ table, make, results, runs }: Place, into: string | undefined): Promise<string> => {
  const text = tableText(table, await keptOf(table, results, make));
  const note =
    'Test images, mean ± standard deviation over the seeds, gaps in points; the best epoch is chosen on validation.';
  const page = `### ${table.title}\n\n${note}\n\n${text}\n`;
  await writeAtomic(path.join(runs, 'table.md'), page);
  if (into !== undefined) await renewTable(into, table.name, text);
  return page;
};

/** A table without results that are there would puzzle whoever kept them. */
const tellOfLeftOut = async ({ table, make, results }: Place): Promise<void> => {
  const left = await leftOut(table, results, make);
  if (left.size === 0) return;
  const keys = [...new Set([...left.values()].flat())].join(', ');
  process.stderr.write(
    `${left.size} of the results in ${results} were trained with other settings (${keys}), so they do not count here. ` +
      'Give --scale, --data, --test and --set as they were trained, or delete them.\n',
  );
};

/** Figures of other images stand in no table together without a word. */
const tellOfOtherImages = async ({ table, make, results }: Place): Promise<void> => {
  const others = testedOnOthers(await keptOf(table, results, make));
  if (others.length === 0) return;
  const names = others.slice(0, 3).join(', ') + (others.length > 3 ? ', …' : '');
  process.stderr.write(
    `${others.length} of the results in ${results} were tested on other images than the first (${names}): this table ` +
      'compares them all the same. Delete those of other data, or give --results another folder.\n',
  );
};

type Train = (task: Task) => Promise<boolean>;

/** How one row is trained: in this process, where rows are trained one by one; each in its own where several are. */
const trainer = async (
  place: Place,
  { jobs, signal, options }: { jobs: number; signal: AbortSignal; options: ReproduceOptions },
): Promise<{ readonly train: Train; readonly dispose: () => void }> => {
  if (jobs > 1) {
    const threads = engineOf(place).threads || Math.max(1, Math.floor(availableParallelism() / jobs));
    const train: Train = (task) => {
      const request = { table: place.table.name, options, row: task.row.key, seed: task.seed };
      return forkRow(request, { name: taskName(task), threads, signal });
    };
    return { train, dispose: () => undefined };
  }
  const work = await openWork(place, signal, inTerminal);
  return { train: (task) => trainTask(task, place, work), dispose: () => work.runner.dispose() };
};

const trainAll = async (
  tasks: readonly Task[],
  jobs: number,
  place: Place,
  options: ReproduceOptions,
): Promise<boolean> => {
  const { signal, release } = interruptible();
  const { train, dispose } = await trainer(place, { jobs, signal, options });
  const run: Train = async (task) => {
    const trained = !signal.aborted && (await train(task));
    if (trained) await write(place, options.into);
    return trained;
  };
  try {
    return await sideBySide(tasks, { jobs, before: (task) => taskBefore(task, tasks, place), run });
  } finally {
    release();
    dispose();
  }
};

/** `understory reproduce <table>`: every row with every seed that has no result yet; the table grows row by row. */
export const reproduce = async (name: string, options: ReproduceOptions): Promise<void> => {
  const place = placeOf(name, options);
  const { table } = place;
  const { seeds = table.seeds, jobs } = options;
  const rows = chosenRows(table, options.only);
  await checkRows(rows, place, options.set);
  if (options.into !== undefined) await write(place, options.into); // tells of a missing place before anything is trained
  await tellOfLeftOut(place);
  if (!options.kept) {
    const tasks = await openTasks(rows, seeds, place);
    if (tasks.length > 0) checked(inputPath, '--data', options.data); // before TensorFlow is loaded
    if (tasks.length > 0 && !(await trainAll(tasks, jobs, place, options))) return;
  }
  await tellOfOtherImages(place);
  process.stdout.write(
    `\n${await write(place, options.into)}\nKept in ${path.join(place.runs, 'table.md')}\n`,
  );
};
