import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import {
  findRuns,
  followMetrics,
  glanceAtRun,
  runFiles,
  type Followed,
  type Glance,
} from '@understory/tracking/node';

/** A run in the list. */
export interface Listed extends Glance {
  /** What requests name it by: they never hold a path. */
  readonly id: string;
  /** Path below the folder of runs, with `/`. */
  readonly name: string;
  readonly folder: string;
}

/** A run that is looked at, and all that it told. */
export interface Watched extends Listed {
  readonly told: Followed | undefined;
}

export interface RunsWatch {
  /** All runs, the newest first. */
  list(): Promise<readonly Listed[]>;
  /** Those of these identifiers that there are, in the order of the list. */
  watch(ids: readonly string[]): Promise<readonly Watched[]>;
}

/** Runs whose curves are followed at a time; those that were not looked at for longest are forgotten. */
const FOLLOWED = 12;
/** Lists that are asked for within this time are one, in ms. */
const FRESH = 500;

const idOf = (folder: string): string => createHash('sha256').update(folder).digest('hex').slice(0, 12);

/** Whether a file changed, in a few bytes; a lock comes and goes without it. */
const markOf = async (folder: string): Promise<string> => {
  const { metrics, lock, crash } = runFiles(folder);
  const marks = [metrics, lock, crash].map((file) =>
    stat(file).then(
      ({ size, mtimeMs, ino }) => `${size} ${mtimeMs} ${ino}`,
      () => '',
    ),
  );
  return (await Promise.all(marks)).join();
};

/** Runs at a time that are looked at: hundreds of open files would be too many for some systems. */
const AT_ONCE = 16;

const inTurns = async <T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> => {
  const out: R[] = [];
  for (let i = 0; i < all.length; i += AT_ONCE)
    out.push(...(await Promise.all(all.slice(i, i + AT_ONCE).map(work))));
  return out;
};

/** Follows the runs below a folder. What did not change is not read again. */
export const watchRuns = (root: string): RunsWatch => {
  const seen = new Map<string, { readonly mark: string; readonly glance: Glance }>();
  const followers = new Map<string, () => Promise<Followed | undefined>>();
  let latest: { readonly at: number; readonly runs: Promise<readonly Listed[]> } | undefined;

  const glance = async (folder: string): Promise<Listed> => {
    const mark = await markOf(folder);
    const known = seen.get(folder);
    // A run's state may change without its files: its process may die.
    const fresh = known?.mark === mark && known.glance.state !== 'running';
    const now = fresh ? known.glance : await glanceAtRun(folder);
    seen.set(folder, { mark, glance: now });
    return { ...now, id: idOf(folder), name: relative(root, folder).split(sep).join('/'), folder };
  };
  const read = async (): Promise<readonly Listed[]> => {
    const runs = await inTurns(await findRuns(root), glance);
    return runs.sort((a, b) => b.began - a.began || (a.name < b.name ? -1 : 1));
  };
  const list = (): Promise<readonly Listed[]> => {
    if (!latest || Date.now() - latest.at > FRESH) latest = { at: Date.now(), runs: read() };
    return latest.runs;
  };
  const follow = async (run: Listed): Promise<Watched> => {
    const look = followers.get(run.folder) ?? followMetrics(runFiles(run.folder).metrics);
    followers.delete(run.folder);
    followers.set(run.folder, look);
    for (const oldest of [...followers.keys()].slice(0, -FOLLOWED)) followers.delete(oldest);
    return { ...run, told: await look().catch(() => undefined) };
  };
  return {
    list,
    async watch(ids) {
      const chosen = (await list()).filter(({ id }) => ids.includes(id)).slice(0, FOLLOWED);
      const out: Watched[] = [];
      for (const run of chosen) out.push(await follow(run));
      return out;
    },
  };
};
