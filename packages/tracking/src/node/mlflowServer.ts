import { cut, shown, UnderstoryError } from '@understory/core';

export interface MlflowAddress {
  /** Where the server listens: `http://127.0.0.1:5000`. */
  readonly url: string;
  /** Is sent as a bearer token. */
  readonly token?: string | undefined;
}

export interface MlflowMetric {
  readonly key: string;
  readonly value: number;
  readonly step: number;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
}

export type MlflowStatus = 'RUNNING' | 'FINISHED' | 'KILLED' | 'FAILED';

/** Longest wait for an answer, in ms: a run must not hang on its tracking. */
const PATIENCE = 10_000;
/** What MLflow takes in one call, and the longest value of a parameter. */
const MOST = { metrics: 1000, params: 100, value: 6000 };

const mlflowError = (url: string, why: string, cause?: unknown): UnderstoryError =>
  new UnderstoryError(
    'mlflow',
    `MLflow at ${cut(url, 100)}: ${why}. Start it (mlflow server), or correct "url" of the reporter mlflow.`,
    cause === undefined ? {} : { cause },
  );

/** JSON has no such numbers; MLflow reads these words. */
const numberOrWord = (value: number): number | string => (Number.isFinite(value) ? value : String(value));

const answerOf = async (url: string, response: Response): Promise<Record<string, unknown>> => {
  const text = await response.text();
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw mlflowError(url, `it answers ${response.status}, and no JSON`);
  }
  if (typeof answer !== 'object' || answer === null) throw mlflowError(url, `it answers ${cut(text, 60)}`);
  return answer as Record<string, unknown>;
};

const nameOf = (answer: Record<string, unknown>, group: string, key: string, url: string): string => {
  const value = (answer[group] as Record<string, unknown> | undefined)?.[key];
  if (typeof value !== 'string') throw mlflowError(url, `its answer lacks "${group}.${key}"`);
  return value;
};

type Call = (path: string, body: object) => Promise<Record<string, unknown>>;

/** One call of the interface. Error: `mlflow`, after ten seconds at the latest. */
const callOf =
  ({ url, token }: MlflowAddress): Call =>
  async (path, body) => {
    const headers = {
      'content-type': 'application/json',
      ...(token && { authorization: `Bearer ${token}` }),
    };
    const signal = AbortSignal.timeout(PATIENCE);
    const request = { method: 'POST', headers, body: JSON.stringify(body), signal };
    const place = new URL(`api/2.0/mlflow/${path}`, url.endsWith('/') ? url : `${url}/`);
    const response = await fetch(place, request).catch((error: unknown) => {
      const { cause, message } = error as Error;
      const why = cause instanceof Error ? cause.message : message;
      throw mlflowError(url, `it cannot be reached (${cut(why, 100)})`, error);
    });
    const answer = await answerOf(url, response);
    if (response.ok) return answer;
    const { error_code: code = response.status, message = '' } = answer;
    throw mlflowError(url, `it refuses ${path}: ${shown(code)} ${cut(shown(message), 160)}`);
  };

/** The experiment's id; it is made where it is not there. */
const experimentOf = async (call: Call, url: string, name: string): Promise<string> => {
  const filter = `name = '${name.replaceAll("'", "\\'")}'`;
  const found = await call('experiments/search', { max_results: 1, filter });
  const all = Array.isArray(found['experiments'])
    ? (found['experiments'] as { experiment_id?: unknown }[])
    : [];
  if (typeof all[0]?.experiment_id === 'string') return all[0].experiment_id;
  return nameOf({ made: await call('experiments/create', { name }) }, 'made', 'experiment_id', url);
};

/** What a run tells a server. Every call: error `mlflow`. */
export interface MlflowServer {
  /** Begins a run of an experiment → its id. */
  begin(run: { readonly experiment: string; readonly name: string; readonly time: number }): Promise<string>;
  setStatus(run: string, status: MlflowStatus, time?: number): Promise<void>;
  /** Numbers, a thousand a call. */
  metrics(run: string, all: readonly MlflowMetric[]): Promise<void>;
  /** What the run was made with, by key; long values are cut. */
  params(run: string, all: Readonly<Record<string, string>>): Promise<void>;
}

/** MLflow's REST interface, as far as a run needs it. */
export const mlflowServer = (address: MlflowAddress): MlflowServer => {
  const { url } = address;
  const call = callOf(address);
  return {
    async begin({ experiment, name, time }) {
      const id = await experimentOf(call, url, experiment);
      const made = await call('runs/create', { experiment_id: id, run_name: name, start_time: time });
      return nameOf((made['run'] ?? {}) as Record<string, unknown>, 'info', 'run_id', url);
    },
    async setStatus(run, status, time) {
      await call('runs/update', { run_id: run, status, ...(time !== undefined && { end_time: time }) });
    },
    async metrics(run, all) {
      for (let i = 0; i < all.length; i += MOST.metrics) {
        const part = all.slice(i, i + MOST.metrics);
        const metrics = part.map((one) => ({ ...one, value: numberOrWord(one.value) }));
        await call('runs/log-batch', { run_id: run, metrics });
      }
    },
    async params(run, all) {
      const params = Object.entries(all).map(([key, value]) => ({ key, value: cut(value, MOST.value) }));
      for (let i = 0; i < params.length; i += MOST.params)
        await call('runs/log-batch', { run_id: run, params: params.slice(i, i + MOST.params) });
    },
  };
};
