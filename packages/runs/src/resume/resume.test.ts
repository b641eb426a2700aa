import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseConfig, type ExperimentInput } from '@understory/config';
import {
  BACKBONE,
  callbacks,
  DATASET,
  eagerRunner,
  plugin,
  UnderstoryError,
  type BackboneFactory,
  type Dataset,
  type DatasetFactory,
  type Reporter,
  type Resumable,
} from '@understory/core';
import { tinyBackbone, tinyExperiment } from '@understory/core/testing';
import { defaultPlugins } from '@understory/recipes';
import { createRegistry } from '@understory/registry';
import { listRuns } from '@understory/tracking/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadNetwork } from '../load/loadNetwork.ts';
import { runExperiment, type FinishedRun } from '../run/runExperiment.ts';
import type { RunInfo } from '../run/runInfo.ts';
import { openResume } from './openResume.ts';

const NoOptions = { parse: () => ({}) };
const made = tinyExperiment([]).dataset;
const own: Dataset = { ...made, validation: made.train, test: made.train };
/** What the dataset "made-up" holds; a test puts other data there. */
let data = own;

const madeUp = plugin({
  ...{ token: DATASET, name: 'made-up', summary: 'noise', options: NoOptions },
  create: (): DatasetFactory => () => Promise.resolve(data),
});
const tiny = plugin({
  ...{ token: BACKBONE, name: 'tiny', summary: 'small', options: NoOptions },
  create:
    (): BackboneFactory =>
    ({ classes, size: [size] }) =>
      tinyBackbone({ classes, size, planes: [2, 2, 3, 3] }),
});

const registry = createRegistry([...defaultPlugins, madeUp, tiny]);
/** 20 images in 5 steps an epoch. */
const CONFIG: ExperimentInput = {
  ...{ name: 'run', epochs: 2, batch: 4, checkpointEvery: 2, views: [[]] },
  ...{ dataset: 'made-up', backbone: 'tiny', objectives: ['cross-entropy'], metrics: ['accuracy'] },
  schedule: ['constant', { rate: 0.01 }],
};

const folder = (): string => mkdtempSync(path.join(tmpdir(), 'understory-'));

interface Asked {
  readonly runs: string;
  readonly config?: Partial<ExperimentInput>;
  readonly resume?: { readonly from?: Resumable; readonly allow?: readonly string[] };
  readonly reporters?: readonly Reporter[];
}

const trained = async ({
  runs,
  config: change,
  resume,
  reporters = [],
}: Asked): Promise<FinishedRun & { said: string[] }> => {
  const config = parseConfig({ ...CONFIG, ...change });
  const said: string[] = [];
  const begun = resume && (await openResume(registry, { folder: path.join(runs, 'run'), config, ...resume }));
  const finished = await runExperiment({
    ...{ registry, runner: eagerRunner(), config, folder: runs, runs, reporters },
    ...(begun && { resume: begun }),
    say: (line) => said.push(line),
  });
  finished.training.dispose();
  return { ...finished, said };
};

const base = folder();
beforeAll(async () => {
  await trained({ runs: base });
});

/** The base run in another folder, damaged. */
const copyOf = (damage: (run: string) => void = () => undefined): string => {
  const runs = folder();
  cpSync(base, runs, { recursive: true });
  damage(path.join(runs, 'run'));
  return runs;
};

const outcomeOf = async (promise: Promise<unknown>, at: string): Promise<string> => {
  const error: unknown = await promise.then(
    () => undefined,
    (e: unknown) => e,
  );
  if (error === undefined) return 'goes on';
  expect(error).toBeInstanceOf(UnderstoryError);
  const { code, message } = error as UnderstoryError;
  expect(message.length).toBeLessThan(400 + 4 * at.length);
  return `${code}: ${message.replaceAll(`${at}/run/`, '').replaceAll(at, 'runs')}`;
};

const DAMAGES = {
  missing: (file: string) => rmSync(file, { recursive: true }),
  empty: (file: string) => writeFileSync(file, ''),
  truncated: (file: string) => {
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.subarray(0, Math.floor(bytes.length * 0.6)));
  },
  'one byte flipped': (file: string) => {
    const bytes = readFileSync(file);
    bytes[Math.floor(bytes.length * 0.6)]! ^= 8;
    writeFileSync(file, bytes);
  },
  'replaced by a folder': (file: string) => {
    rmSync(file, { recursive: true });
    mkdirSync(file);
  },
} as const;
type Damage = keyof typeof DAMAGES;

const LAST = 'checkpoints/last.safetensors';
const BEST = 'checkpoints/best.safetensors';
const LAST_DAMAGED =
  /^damaged: checkpoints\/last\.safetensors is damaged: .* with --from previous \(step 8\), or --from best \(step \d+\)\.$/;
const BEST_DAMAGED = /^damaged: checkpoints\/best\.safetensors is damaged: .* Put it back/;

/** Every file of a run, in every way that it can be lost: what becomes of --resume. */
const FILES: readonly (readonly [file: string, outcomes: Readonly<Record<Damage, RegExp>>])[] = [
  [
    'config.json',
    {
      missing: /^no-run: config\.json is missing\. Put it back/,
      empty: /^bad-config: config\.json is not JSON/,
      truncated: /^bad-config: config\.json is not JSON/,
      'one byte flipped': /^(bad-config|options|resume|data-changed|goes on|no-run)/,
      'replaced by a folder': /^bad-config: config\.json is a folder/,
    },
  ],
  [
    'metrics.jsonl',
    {
      missing: /^metrics: metrics\.jsonl is missing: .* Put it back/,
      empty: /^metrics: metrics\.jsonl tells of no start, and the run goes on at step 10/,
      truncated: /^goes on$/, // and says how many steps are lost
      'one byte flipped': /^goes on$/,
      'replaced by a folder': /^metrics: metrics\.jsonl is no file/,
    },
  ],
  [
    LAST,
    {
      missing: /^checkpoint: checkpoints\/last\.safetensors is missing\. .* with --from previous \(step 8\)/,
      empty: LAST_DAMAGED,
      truncated: LAST_DAMAGED,
      'one byte flipped': LAST_DAMAGED,
      'replaced by a folder':
        /^checkpoint: Could not read checkpoints\/last\.safetensors: it is a folder\. .*--from previous/,
    },
  ],
  [
    BEST,
    {
      missing: /^checkpoint: checkpoints\/best\.safetensors is missing: epoch \d was the best so far/,
      empty: BEST_DAMAGED,
      truncated: BEST_DAMAGED,
      'one byte flipped': BEST_DAMAGED,
      'replaced by a folder': /^checkpoint: Could not read checkpoints\/best\.safetensors: it is a folder/,
    },
  ],
  // What a run goes on without.
  ...['checkpoints/previous.safetensors', 'samples.json'].map((file) => {
    const outcomes = Object.keys(DAMAGES).map((damage) => [damage, /^goes on$/] as const);
    return [file, Object.fromEntries(outcomes) as Record<Damage, RegExp>] as const;
  }),
  [
    'checkpoints',
    {
      missing: /^checkpoint: checkpoints holds no checkpoint any more/,
      empty: /^(checkpoint|damaged)/,
      truncated: /^(checkpoint|damaged)/,
      'one byte flipped': /^(checkpoint|damaged)/,
      'replaced by a folder': /^checkpoint: checkpoints holds no checkpoint any more/,
    },
  ],
];

describe('a run whose files are lost', () => {
  const rows = FILES.flatMap(([file, outcomes]) =>
    Object.entries(outcomes).map(([damage, outcome]) => [file, damage as Damage, outcome] as const),
  ).filter(([file, damage]) => file !== 'checkpoints' || /missing|folder/.test(damage));

  it.each(rows)('%s %s', async (file, damage, outcome) => {
    const runs = copyOf((run) => DAMAGES[damage](path.join(run, file)));
    const resumed = openResume(registry, { folder: path.join(runs, 'run'), config: parseConfig(CONFIG) });
    expect(await outcomeOf(resumed, runs)).toMatch(outcome);
    expect((await listRuns(runs)).map(({ name }) => name)).toEqual(['run']); // the list shows it all the same
  });

  it('says what is lost of its metrics', async () => {
    const notes = async (damage: (file: string) => void): Promise<string> => {
      const runs = copyOf((run) => damage(path.join(run, 'metrics.jsonl')));
      const request = { folder: path.join(runs, 'run'), config: parseConfig(CONFIG) };
      return (await openResume(registry, request)).notes.join(' ').replaceAll(`${runs}/run/`, '');
    };
    expect(await notes(DAMAGES.truncated)).toMatch(
      /^metrics\.jsonl lacks \d of the 10 steps before this one/,
    );
    expect(await notes((file) => appendFileSync(file, '{"type":\n'))).toBe(
      '1 damaged lines of metrics.jsonl are left out.',
    );
    expect(await notes(() => undefined)).toBe('');
  });

  it('goes on from another checkpoint, and says which step it is', async () => {
    const runs = copyOf((run) => DAMAGES['one byte flipped'](path.join(run, LAST)));
    const { start, done } = await trained({ runs, resume: { from: 'previous' } });
    expect([start.step, done.step]).toEqual([8, 10]);
    const names = readdirSync(path.join(runs, 'run/checkpoints')).sort();
    expect(names).toEqual(['best.safetensors', 'last.safetensors', 'previous.safetensors']);
    expect(readFileSync(path.join(runs, 'run/metrics.jsonl'), 'utf8')).not.toContain('"time":""');
  });

  it('begins where it was stopped before its first checkpoint, and says so', async () => {
    const runs = folder();
    const stop = callbacks({
      step: () => {
        throw new Error('killed');
      },
    });
    await expect(trained({ runs, reporters: [stop] })).rejects.toThrow('killed');
    const { start, said } = await trained({ runs, resume: {} });
    expect(start.step).toBe(0);
    expect(said.join()).toMatch(/was stopped before its first checkpoint, so it begins at step 0/);
  });
});

describe('a run that goes on', () => {
  const infoOf = (runs: string): RunInfo =>
    JSON.parse(readFileSync(path.join(runs, 'run/config.json'), 'utf8')) as RunInfo;

  it('records what it changes, with step and time, and leaves its folder alone where nothing changes', async () => {
    const runs = copyOf();
    const before = readFileSync(path.join(runs, 'run/config.json'), 'utf8');
    await trained({ runs, resume: {} });
    expect(readFileSync(path.join(runs, 'run/config.json'), 'utf8')).toBe(before);
    const config = { epochs: 3, schedule: ['constant', { rate: 0.02 }] } as const;
    const { said } = await trained({ runs, config, resume: { allow: ['rate'] } });
    expect(said).toEqual(['Changed from step 10 on: epochs (2 → 3), schedule.rate (0.01 → 0.02).']);
    const { history, config: kept } = infoOf(runs);
    expect(kept).toMatchObject(config);
    expect(history).toMatchObject([
      { step: 10, data: [], changes: [{ key: 'epochs', before: 2, after: 3 }, { key: 'schedule.rate' }] },
    ]);
    expect(new Date(history![0]!.time).getTime()).toBeGreaterThan(0);
  });

  it('names images that came or went, and records another test set', async () => {
    const runs = copyOf();
    const renamed = { ...own.train, describe: (i: number) => (i === 3 ? 'new.png' : own.train.describe(i)) };
    try {
      data = { ...own, train: renamed };
      const refused = await outcomeOf(trained({ runs, resume: {} }), runs);
      expect(refused).toMatch(/^data-changed: .* train images: 20 \(class 3: others by name\)/);
      expect(refused).toMatch(/New: new\.png \(class 3\)\. Gone: sample 3 \(class 3\)\./);
      data = { ...own, test: renamed };
      const { start } = await trained({ runs, resume: {} });
      expect(start.data!.changed).toEqual(['test images: 20 (class 3: others by name)']);
      expect(infoOf(runs).history).toMatchObject([{ changes: [], data: start.data!.changed }]);
    } finally {
      data = own;
    }
  });

  it('of an earlier version keeps from now on what it trains on', async () => {
    const runs = copyOf((run) => {
      const info = JSON.parse(readFileSync(path.join(run, 'config.json'), 'utf8')) as RunInfo;
      const { fingerprint, leftOut, origins, ...dataset } = info.dataset;
      expect([fingerprint?.splits.train.count, leftOut, origins]).toEqual([20, [], {}]);
      writeFileSync(path.join(run, 'config.json'), JSON.stringify({ ...info, dataset }));
    });
    const { said } = await trained({ runs, resume: {} });
    expect(said.join()).toMatch(/begun by an earlier version/);
    expect(infoOf(runs).dataset.fingerprint).toBeDefined();
  });
});

describe('the network of a run', () => {
  it('knows its classes in the order that it learned, whatever its config.json says', async () => {
    const rewritten = (change: (classes: readonly string[]) => readonly string[]): string =>
      path.join(
        copyOf((run) => {
          const info = JSON.parse(readFileSync(path.join(run, 'config.json'), 'utf8')) as RunInfo;
          const dataset = { ...info.dataset, classes: change(info.dataset.classes) };
          writeFileSync(path.join(run, 'config.json'), JSON.stringify({ ...info, dataset }));
        }),
        'run',
      );
    const load = (run: string) => loadNetwork(registry, eagerRunner(), run, { checkpoint: 'best' });
    const { info, network } = await load(rewritten((classes) => [...classes].reverse()));
    expect(info.dataset.classes).toEqual(own.classes);
    network.backbone.model.dispose();
    await expect(load(rewritten(([, ...others]) => ['other', ...others]))).rejects.toThrow(
      /do not name the same classes: only one of them has "class 0"/,
    );
  });

  it('is not read from a damaged checkpoint, and the way out is named', async () => {
    const load = (damage: (run: string) => void): Promise<unknown> =>
      loadNetwork(registry, eagerRunner(), path.join(copyOf(damage), 'run'), { checkpoint: 'best' });
    await expect(load((run) => DAMAGES['one byte flipped'](path.join(run, BEST)))).rejects.toThrow(
      /best\.safetensors is damaged.*last\.safetensors is whole: evaluate has --checkpoint last/,
    );
    await expect(load((run) => DAMAGES.missing(path.join(run, BEST)))).rejects.toThrow(
      /best\.safetensors is missing/,
    );
  });
});

describe('a new run', () => {
  it('keeps what it trains on, in its folder and in its first event', () => {
    const [start] = readFileSync(path.join(base, 'run/metrics.jsonl'), 'utf8').split('\n');
    expect((JSON.parse(start!) as { data: object }).data).toEqual({
      ...{ dataset: 'made-up', classes: 5, counts: { train: 20, validation: 20, test: 20 } },
      ...{ origins: {}, leftOut: [] },
    });
    expect(existsSync(path.join(base, 'run/samples.json'))).toBe(true);
  });

  it('that fails before its first step leaves no folder behind', async () => {
    const runs = path.join(folder(), 'runs');
    await expect(
      trained({ runs, config: { objectives: [['kd', { teacher: { run: 'nope' } }]] } }),
    ).rejects.toThrow();
    const failing: Dataset = {
      ...own,
      train: { ...own.train, read: () => Promise.reject(new UnderstoryError('bad-image', 'broken')) },
    };
    try {
      data = failing;
      await expect(trained({ runs })).rejects.toThrow(
        /^broken All such images are listed at once by: understory data check <config>$/,
      );
    } finally {
      data = own;
    }
    expect(existsSync(runs) ? readdirSync(runs) : []).toEqual([]);
  });

  it.each([
    ['the folder', ''],
    ['metrics.jsonl', 'metrics.jsonl'],
    ['the checkpoints', 'checkpoints'],
  ])('ends with an error when %s vanishes, and makes it not again', async (_what, name) => {
    const runs = folder();
    const lost = path.join(runs, 'run', name);
    const vanish = callbacks({
      step: ({ step }) => (step === 2 ? rmSync(lost, { recursive: true }) : undefined),
    });
    expect(await outcomeOf(trained({ runs, reporters: [vanish] }), runs)).toMatch(
      /^write-failed: .*(moved|not there)/,
    );
    expect(existsSync(lost)).toBe(false);
  });
});
