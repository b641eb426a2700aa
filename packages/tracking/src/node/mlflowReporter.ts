import { existsSync, readFileSync } from 'node:fs';
import { isObject, UnderstoryError, type Reporter, type RunEvent, type StartEvent } from '@understory/core';
import {
  mlflowServer,
  type MlflowAddress,
  type MlflowMetric,
  type MlflowServer,
  type MlflowStatus,
} from './mlflowServer.ts';
import { runFiles } from './runFiles.ts';
import { summariesOf } from './tensorboard/tensorboardReporter.ts';
import { writeAtomic } from './writeAtomic.ts';

export interface MlflowSettings extends MlflowAddress {
  readonly experiment: string;
  /** The run's name and folder, which remembers the run's id in MLflow. */
  readonly name: string;
  readonly folder: string;
  /** Steps between two that are told. */
  readonly every: number;
  readonly log: (line: string) => void;
  readonly now?: () => number;
}

/** Numbers that wait for a server that is away; then the oldest go. */
const MOST_WAITING = 100_000;

/** Keys that MLflow takes: letters, digits and `_-. :/`, at most 250 of them. */
const keyOf = (name: string): string => name.replace(/[^\w\-. :/]/g, '_').slice(0, 250);

/** `{ a: { b: 1 } }` → `{ 'a.b': '1' }`; lists are one value. */
const flat = (value: Readonly<Record<string, unknown>>, prefix = ''): Record<string, string> =>
  Object.assign(
    {},
    ...Object.entries(value).map(([key, inner]) => {
      const path = `${prefix}${keyOf(key)}`;
      if (isObject(inner)) return flat(inner, `${path}.`);
      return { [path]: typeof inner === 'string' ? inner : JSON.stringify(inner) };
    }),
  ) as Record<string, string>;

const jsonAt = (file: string): Readonly<Record<string, unknown>> => {
  if (!existsSync(file)) return {};
  const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return isObject(value) ? value : {};
};

const paramsOf = (folder: string, { engine, parameters }: StartEvent): Record<string, string> => {
  const { config } = jsonAt(runFiles(folder).config);
  return flat({ ...(isObject(config) ? config : {}), 'engine.build': engine, parameters });
};

/** Numbers on their way to a server that may go away; then they wait, and it is said once. */
class Outbox {
  readonly #settings: MlflowSettings;
  readonly #server: MlflowServer;
  readonly #run: string;
  #waiting: MlflowMetric[] = [];
  #lost = 0;
  #isAway = false;

  constructor(settings: MlflowSettings, server: MlflowServer, run: string) {
    this.#settings = settings;
    this.#server = server;
    this.#run = run;
  }

  add(event: RunEvent): void {
    const { now = Date.now } = this.#settings;
    const told = summariesOf(event);
    for (const summary of told?.summaries ?? [])
      if ('scalar' in summary)
        this.#waiting.push({
          key: keyOf(summary.tag),
          value: summary.scalar,
          step: told?.step ?? 0,
          timestamp: now(),
        });
  }

  async send(): Promise<void> {
    const sent = this.#waiting.length;
    if (sent > 0 && (await this.#tell(() => this.#server.metrics(this.#run, this.#waiting))))
      this.#waiting = this.#waiting.slice(sent);
    this.#lost += Math.max(0, this.#waiting.length - MOST_WAITING);
    this.#waiting = this.#waiting.slice(-MOST_WAITING);
  }

  async end(status: MlflowStatus): Promise<void> {
    const { log, url, now = Date.now } = this.#settings;
    await this.send();
    await this.#tell(() => this.#server.setStatus(this.#run, status, now()));
    const missed = this.#waiting.length + this.#lost;
    if (missed > 0) log(`MLflow at ${url} did not get ${missed} numbers of this run.`);
  }

  /** Whether the server took it. */
  async #tell(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      this.#isAway = false;
      return true;
    } catch (error) {
      if (!(error instanceof UnderstoryError)) throw error;
      const { log } = this.#settings;
      if (!this.#isAway) log(`${error.message} The run goes on; metrics.jsonl has every number.`);
      this.#isAway = true;
      return false;
    }
  }
}

/** Takes up a run that the server knows. False where it knows none of that id, and the run was begun on another server. */
const takeUp = async (
  { url, log }: MlflowSettings,
  server: MlflowServer,
  known: { readonly id: string; readonly url: unknown },
): Promise<boolean> => {
  try {
    await server.setStatus(known.id, 'RUNNING');
    return true;
  } catch (error) {
    if (!(error instanceof UnderstoryError) || known.url === url) throw error;
    log(
      `The run was begun with MLflow at ${String(known.url)}, and ${url} does not know it: it begins there anew.`,
    );
    return false;
  }
};

/** The run's id in MLflow: a new one, or that of the run that goes on. */
const beginRun = async (
  settings: MlflowSettings,
  server: MlflowServer,
  start: StartEvent,
): Promise<string> => {
  const { folder, name, experiment, url, now = Date.now } = settings;
  const { mlflow } = runFiles(folder);
  const known = start.step > 0 ? jsonAt(mlflow) : {};
  if (typeof known.id === 'string' && (await takeUp(settings, server, { id: known.id, url: known.url })))
    return known.id;
  const id = await server.begin({ experiment, name, time: now() });
  await server.params(id, paramsOf(folder, start));
  await writeAtomic(mlflow, JSON.stringify({ id, url, experiment }));
  return id;
};

/**
 * Tells MLflow of a run by its REST interface: the config as parameters, each epoch's numbers, and those of every so many
 * steps. A server that is not there at the start is an error, `mlflow`; one that goes away later ends no run: what it
 * missed is sent when it is back, and what it never got is said at the end.
 */
export const mlflowReporter = (settings: MlflowSettings): Reporter => {
  const server = mlflowServer(settings);
  let outbox: Outbox | undefined;
  const end = async (status: MlflowStatus): Promise<void> => {
    const last = outbox;
    outbox = undefined;
    await last?.end(status);
  };
  return {
    async report(event) {
      if (event.type === 'start')
        outbox = new Outbox(settings, server, await beginRun(settings, server, event));
      if (event.type !== 'step' || event.step % settings.every === 0) outbox?.add(event);
      if (event.type === 'epoch') await outbox?.send();
      if (event.type === 'done') await end(event.aborted ? 'KILLED' : 'FINISHED');
    },
    close: () => end('FAILED'),
  };
};
