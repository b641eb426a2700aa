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

/**
 * Does tasks in their order, each as soon as there is room and what it waits for has ended. After a failure the others go on, but
 * for those that wait for it; after an interruption none is begun, and those that run are waited for.
 */
export const sideBySide = async <T>(
  tasks: readonly T[],
  { jobs, before, run }: Doing<T>,
): Promise<Outcome<T>> => {
  const waiting = new Set(tasks);
  const running = new Map<T, Promise<void>>();
  const done = new Set<T>();
  const lost = new Set<T>();
  const failed: { readonly task: T; readonly error: unknown }[] = [];
  const skipped: T[] = [];
  let interrupted = false;

  const end = async (task: T): Promise<void> => {
    try {
      if (await run(task)) done.add(task);
      else interrupted = true;
    } catch (error) {
      lost.add(task);
      failed.push({ task, error });
    } finally {
      running.delete(task);
    }
  };
  /** Takes out what waits for a task that was lost. */
  const skip = (): void => {
    for (const task of tasks) {
      const first = before(task);
      if (!waiting.has(task) || first === undefined || !lost.has(first)) continue;
      waiting.delete(task);
      lost.add(task);
      skipped.push(task);
    }
  };
  const fill = (): void => {
    skip();
    while (!interrupted && running.size < jobs) {
      const task = [...waiting].find((t) => [undefined, ...done].includes(before(t)));
      if (task === undefined) return;
      waiting.delete(task);
      running.set(task, end(task));
    }
  };

  fill();
  while (running.size > 0) {
    await Promise.race(running.values());
    fill();
  }
  return { interrupted: interrupted || waiting.size > 0, failed, skipped };
};
