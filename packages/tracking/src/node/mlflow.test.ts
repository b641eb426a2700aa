import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Reporter, RunEvent } from '@understory/core';
import { afterEach, describe, expect, it } from 'vitest';
import { mlflowReporter } from './mlflowReporter.ts';

const folder = (): string => {
  const made = mkdtempSync(path.join(tmpdir(), 'understory-'));
  writeFileSync(
    path.join(made, 'config.json'),
    '{"config":{"name":"cds","dataset":["emoji",{"limit":9}],"engine":{"threads":1}}}',
  );
  return made;
};

const start = (step = 0): RunEvent => ({
  ...{ type: 'start', run: 'cds', engine: 'tfjs cpu', epochs: 2, stepsPerEpoch: 3, step },
  parameters: { inference: 700, heads: 40 },
});
const stepAt = (step: number, loss = 1 / (step + 1)): RunEvent => ({
  ...{ type: 'step', step, epoch: Math.floor(step / 3), loss, terms: { 'cds/stage1': loss } },
  ...{ rate: 0.1, gradientNorm: 2, imagesPerSecond: 100, waiting: 0 },
});
const epochAt = (epoch: number): RunEvent => ({
  ...{ type: 'epoch', epoch, step: (epoch + 1) * 3, loss: 1, terms: {}, metrics: { accuracy: 0.5 } },
  ...{ best: true, seconds: 1 },
});
const done = (aborted = false): RunEvent => ({ type: 'done', step: 6, aborted, seconds: 2 });

interface Call {
  readonly path: string;
  readonly token: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}
interface Told {
  readonly key: string;
  readonly value: number | string;
  readonly step: number;
}

/** Answers as MLflow 3 does, for one experiment that is not there at first; keeps what it was told. */
class Recorder {
  readonly calls: Call[] = [];
  isBroken = false;
  /** The id of a run that it does not know. */
  unknown = '';
  #server: Server | undefined;
  #known = false;

  async open(): Promise<string> {
    this.#server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        const where = (request.url ?? '').replace('/api/2.0/mlflow/', '');
        const body = JSON.parse(text) as Call['body'];
        this.calls.push({ path: where, token: request.headers.authorization, body });
        const isUnknown = this.unknown !== '' && where === 'runs/update' && body['run_id'] === this.unknown;
        response.statusCode = this.isBroken || isUnknown ? 400 : 200;
        response.end(
          JSON.stringify(
            this.isBroken || isUnknown
              ? { error_code: 'INVALID_PARAMETER_VALUE', message: 'no <b>' }
              : this.#answer(where),
          ),
        );
      });
    });
    const server = this.#server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  #answer(where: string): object {
    if (where === 'experiments/search') return this.#known ? { experiments: [{ experiment_id: '7' }] } : {};
    if (where === 'experiments/create') {
      this.#known = true;
      return { experiment_id: '7' };
    }
    return where === 'runs/create' ? { run: { info: { run_id: 'abc' } } } : {};
  }

  close(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }

  list<T>(group: 'metrics' | 'params'): T[] {
    return this.calls.flatMap(({ body }) => (body[group] ?? []) as T[]);
  }
}

const recorder = new Recorder();
afterEach(() => {
  recorder.close();
  recorder.calls.length = 0;
  recorder.isBroken = false;
});

const begin = async (
  change: { folder?: string; every?: number; token?: string } = {},
): Promise<{ reporter: Reporter; said: string[]; url: string }> => {
  const [url, said] = [await recorder.open(), [] as string[]];
  const settings = {
    folder: folder(),
    every: 1,
    experiment: "a 'b'",
    name: 'cds',
    url,
    now: () => 5,
    ...change,
  };
  return { reporter: mlflowReporter({ ...settings, log: (line) => void said.push(line) }), said, url };
};
const tell = async (reporter: Reporter, ...events: readonly RunEvent[]): Promise<void> => {
  for (const event of events) await reporter.report(event);
};

describe('the reporter mlflow', () => {
  it('makes the experiment and the run, and tells config, numbers and the end', async () => {
    const { reporter, said } = await begin({ token: 'secret' });
    await tell(reporter, start(), stepAt(0), stepAt(1, NaN), epochAt(0), done());
    await reporter.close?.();
    expect(recorder.calls.map(({ path: where }) => where)).toEqual([
      ...['experiments/search', 'experiments/create', 'runs/create', 'runs/log-batch'],
      ...['runs/log-batch', 'runs/update'],
    ]);
    expect(recorder.calls[0]?.body['filter']).toBe("name = 'a \\'b\\''");
    expect(new Set(recorder.calls.map(({ token }) => token))).toEqual(new Set(['Bearer secret']));
    const params = recorder
      .list<{ key: string; value: string }>('params')
      .map(({ key, value }) => [key, value]);
    expect(Object.fromEntries(params)).toMatchObject({
      dataset: '["emoji",{"limit":9}]',
      'engine.threads': '1',
      'engine.build': 'tfjs cpu',
      'parameters.heads': '40',
    });
    const totals = recorder.list<Told>('metrics').filter(({ key }) => key === 'loss/total');
    expect(totals.map(({ step, value }) => [step, value])).toEqual([
      [0, 1],
      [1, 'NaN'],
    ]);
    expect(recorder.list<Told>('metrics')).toContainEqual({
      key: 'validation/accuracy',
      value: 0.5,
      step: 3,
      timestamp: 5,
    });
    expect(recorder.calls.at(-1)?.body).toEqual({ run_id: 'abc', status: 'FINISHED', end_time: 5 });
    expect(said).toEqual([]);
  });

  it('goes on with the same run of MLflow, stops as killed, and ends as failed where nothing was told', async () => {
    const home = folder();
    const first = await begin({ folder: home });
    await tell(first.reporter, start(), done(true));
    expect(recorder.calls.at(-1)?.body['status']).toBe('KILLED');
    expect(JSON.parse(readFileSync(path.join(home, 'mlflow.json'), 'utf8'))).toMatchObject({ id: 'abc' });
    recorder.close();
    recorder.calls.length = 0;
    const { reporter } = await begin({ folder: home });
    await tell(reporter, start(3));
    await reporter.close?.();
    expect(recorder.calls.map(({ path: where, body }) => [where, body['status']])).toEqual([
      ['runs/update', 'RUNNING'],
      ['runs/update', 'FAILED'],
    ]);
  });

  it('begins anew on another server, which does not know the run, and says so', async () => {
    const home = folder();
    const first = await begin({ folder: home });
    await tell(first.reporter, start(), done(true));
    recorder.close();
    recorder.calls.length = 0;
    recorder.unknown = 'abc';
    const { reporter, said, url } = await begin({ folder: home });
    await tell(reporter, start(3));
    recorder.unknown = '';
    expect(said).toEqual([
      `The run was begun with MLflow at ${first.url}, and ${url} does not know it: it begins there anew.`,
    ]);
    expect(recorder.calls.map(({ path: where }) => where)).toContain('runs/create');
    expect(JSON.parse(readFileSync(path.join(home, 'mlflow.json'), 'utf8'))).toMatchObject({ url });
    await reporter.close?.();
  });

  it('tells every so many steps, and a thousand numbers a call', async () => {
    const { reporter } = await begin({ every: 2 });
    await tell(reporter, start(), ...Array.from({ length: 400 }, (_, i) => stepAt(i)), epochAt(0));
    const steps = new Set(recorder.list<Told>('metrics').map(({ step }) => step));
    expect([...steps].slice(0, 3)).toEqual([0, 2, 4]);
    const sizes = recorder.calls.map(({ body }) => ((body['metrics'] ?? []) as unknown[]).length);
    expect(Math.max(...sizes)).toBe(1000);
  });

  it('sends later what a server missed that was away, and says so once', async () => {
    const { reporter, said } = await begin();
    await tell(reporter, start(), stepAt(0));
    recorder.isBroken = true;
    await tell(reporter, epochAt(0), stepAt(3), epochAt(1));
    expect(said).toEqual([
      expect.stringMatching(
        /refuses runs\/log-batch: "INVALID_PARAMETER_VALUE" "no <b>"\. .*The run goes on/,
      ),
    ]);
    recorder.isBroken = false;
    await tell(reporter, done());
    expect(
      recorder.list<Told>('metrics').filter(({ key }) => key === 'validation/accuracy').length,
    ).toBeGreaterThanOrEqual(2);
    expect(said).toHaveLength(1);
  });

  it('says how many numbers a server never got', async () => {
    const { reporter, said, url } = await begin();
    await tell(reporter, start(), stepAt(0));
    recorder.close();
    await tell(reporter, epochAt(0), done());
    expect(said.at(-1)).toBe(`MLflow at ${url} did not get 7 numbers of this run.`);
    expect(said).toHaveLength(2);
  });

  it('is an error at the start where no server listens', async () => {
    const { reporter } = await begin();
    recorder.close();
    await expect(tell(reporter, start())).rejects.toThrow(
      /MLflow at http.* cannot be reached .*ECONNREFUSED.* Start it \(mlflow server\)/,
    );
  });
});

const isThere = spawnSync('mlflow', ['--version']).status === 0;

describe.skipIf(!isThere)('with the real server, where it is installed', () => {
  let server: ChildProcess | undefined;
  afterEach(() => server?.kill('SIGKILL'));

  it('keeps a run that its own interface finds', async () => {
    const home = folder();
    const url = 'http://127.0.0.1:5078';
    server = spawn(
      'mlflow',
      ['server', '--port', '5078', '--workers', '1', '--backend-store-uri', `sqlite:///${home}/m.db`],
      { cwd: home, stdio: 'ignore' },
    );
    const search = (): Promise<Response> =>
      fetch(`${url}/api/2.0/mlflow/runs/search`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"experiment_ids":["1"]}',
      });
    for (
      let i = 0;
      i < 240 &&
      !(await search().then(
        () => true,
        () => false,
      ));
      i++
    )
      await new Promise((later) => setTimeout(later, 500));
    const reporter = mlflowReporter({
      folder: home,
      every: 1,
      experiment: 'real',
      name: 'cds',
      url,
      log: () => undefined,
    });
    await tell(reporter, start(), stepAt(0), epochAt(0), done());
    const { runs } = (await (await search()).json()) as {
      runs: { info: object; data: { metrics: Told[] } }[];
    };
    expect(runs[0]?.info).toMatchObject({ status: 'FINISHED', run_name: 'cds' });
    expect(runs[0]?.data.metrics.find(({ key }) => key === 'validation/accuracy')).toMatchObject({
      value: 0.5,
      step: 3,
    });
  });
});
