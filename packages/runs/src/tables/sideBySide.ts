/** How tasks are done: so many at a time, some after others. */
export interface Doing<T> {
  readonly jobs: number;
  /** What has to end before a task can begin. */
  readonly before: (task: T) => T | undefined;
  /** Does a task; false where it was interrupted. */
  readonly run: (task: T) => Promise<boolean>;
}

/** What became of tasks. */
export interface Outcome<T> {
  /** Whether an interruption left some undone. */
  readonly interrupted: boolean;
  readonly failed: readonly { readonly task: T; readonly error: unknown }[];
  /** Not begun, as what they wait for failed, or was not begun either. */
  readonly skipped: readonly T[];
}

/** Where tasks stand. */
interface State<T> {
  readonly waiting: Set<T>;
  readonly running: Map<T, Promise<void>>;
  readonly done: Set<T>;
  /** Failed, or skipped. */
  readonly lost: Set<T>;
  readonly failed: { readonly task: T; readonly error: unknown }[];
  readonly skipped: T[];
  interrupted: boolean;
}

/** Does a task, and takes down what became of it. */
const doOne = async <T>(task: T, run: Doing<T>['run'], state: State<T>): Promise<void> => {
  try {
    if (await run(task)) state.done.add(task);
    else state.interrupted = true;
  } catch (error) {
    state.lost.add(task);
    state.failed.push({ task, error });
  } finally {
    state.running.delete(task);
  }
};

/** Takes out what waits for a task that was lost; what builds on another stands after it. */
const skipLost = <T>(tasks: readonly T[], before: Doing<T>['before'], state: State<T>): void => {
  for (const task of tasks) {
    const first = before(task);
    if (!state.waiting.has(task) || first === undefined || !state.lost.has(first)) continue;
    state.waiting.delete(task);
    state.lost.add(task);
    state.skipped.push(task);
  }
};

/** Begins what can begin. */
const fill = <T>(tasks: readonly T[], { jobs, before, run }: Doing<T>, state: State<T>): void => {
  const { waiting, running, done } = state;
  skipLost(tasks, before, state);
  while (!state.interrupted && running.size < jobs) {
    const task = [...waiting].find((t) => [undefined, ...done].includes(before(t)));
    if (task === undefined) return;
    waiting.delete(task);
    running.set(task, doOne(task, run, state));
  }
};

/**
 * Does tasks in their order, each as soon as there is room and what it waits for has ended. After a failure the others go on, but
 * for those that wait for it; after an interruption none is begun, and those that run are waited for.
 */
export const sideBySide = async <T>(tasks: readonly T[], doing: Doing<T>): Promise<Outcome<T>> => {
  const state: State<T> = {
    ...{ waiting: new Set(tasks), running: new Map(), done: new Set(), lost: new Set() },
    ...{ failed: [], skipped: [], interrupted: false },
  };
  fill(tasks, doing, state);
  while (state.running.size > 0) {
    await Promise.race(state.running.values());
    fill(tasks, doing, state);
  }
  const { interrupted, waiting, failed, skipped } = state;
  return { interrupted: interrupted || waiting.size > 0, failed, skipped };
};
