/** How tasks are done: so many at a time, some after others. */
export interface Doing<T> {
  readonly jobs: number;
  /** What has to end before a task can begin. */
  readonly before: (task: T) => T | undefined;
  /** Does a task; false where it was interrupted. */
  readonly run: (task: T) => Promise<boolean>;
}

/**
 * Does tasks in their order, each as soon as there is room and what it waits for has ended. After an interruption or a
 * failure none is begun, and those that run are waited for. True where all were done. Throws what a task threw first.
 */
export const sideBySide = async <T>(
  tasks: readonly T[],
  { jobs, before, run }: Doing<T>,
): Promise<boolean> => {
  const waiting = new Set(tasks);
  const running = new Map<T, Promise<void>>();
  const done = new Set<T>();
  const failures: unknown[] = [];
  let stopped = false;

  const end = async (task: T): Promise<void> => {
    try {
      if (await run(task)) done.add(task);
      else stopped = true;
    } catch (error) {
      stopped = true;
      failures.push(error);
    } finally {
      running.delete(task);
    }
  };
  const fill = (): void => {
    while (!stopped && running.size < jobs) {
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
  if (failures.length > 0) throw failures[0];
  return done.size === tasks.length;
};
