import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { encodeSafetensors, int32 } from '@understory/core';
import { captureOutput, prepareGround, temporaryFolder, type Said } from '@understory/runs/testing';
import { describe, expect, it } from 'vitest';
import { main } from './main.ts';

const capture = (...argv: readonly string[]): Promise<Said> => captureOutput(() => main(argv));

const fresh = (): string => prepareGround(temporaryFolder()).run;
const PICTURE = `${prepareGround(temporaryFolder()).folder}/garbage.png`;

/** Refused by its file or key, in one message without a stack. */
const expectRefusal = ({ code, stderr }: Said, words: RegExp): void => {
  expect(stderr).toMatch(words);
  expect(stderr.length).toBeLessThan(400);
  expect(stderr).not.toMatch(/\n\s+at |Cannot read properties|is not iterable/);
  expect(code).toBe(1);
};

type Damage = readonly [title: string, damage: (run: string) => void, words: RegExp];

const config = (change: (info: Record<string, unknown>) => unknown) => (run: string) => {
  const file = path.join(run, 'config.json');
  writeFileSync(
    file,
    JSON.stringify(change(JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>)),
  );
};
const dataset = (key: string, value: unknown) =>
  config((info) => ({ ...info, dataset: { ...(info['dataset'] as object), [key]: value } }));
const best = (bytes: Uint8Array | string) => (run: string) =>
  writeFileSync(path.join(run, 'checkpoints/best.safetensors'), bytes);
const inPlaceOf =
  (...names: string[]) =>
  (run: string): void => {
    rmSync(path.join(run, ...names), { recursive: true });
    mkdirSync(path.join(run, ...names), { recursive: true });
  };
const progress = (text: string): Uint8Array =>
  encodeSafetensors({}, { format: 'understory-1', progress: text, padding: ' '.repeat(64) });

const DAMAGES: readonly Damage[] = [
  [
    'no config',
    (run) => rmSync(path.join(run, 'config.json')),
    /config\.json (does not describe a run|is missing|is a folder)/,
  ],
  [
    'a folder as config',
    inPlaceOf('config.json'),
    /config\.json (does not describe a run|is missing|is a folder)/,
  ],
  [
    'a config that is cut',
    (run) => writeFileSync(path.join(run, 'config.json'), '{"format": "un'),
    /config\.json is not JSON/,
  ],
  ['a config that is null', config(() => null), /config\.json does not describe a run/],
  [
    'a config of another version',
    config((i) => ({ ...i, format: 'understory-run-9' })),
    /config\.json does not describe a run/,
  ],
  [
    'a config that is a text',
    config((i) => ({ ...i, config: 'resnet18' })),
    /config\.json.*"config" is "resnet18"/,
  ],
  [
    'an unknown key',
    config((i) => ({ ...i, config: { ...(i['config'] as object), epocs: 3 } })),
    /config\.json: unknown key "epocs"/,
  ],
  ['no dataset', config((i) => ({ ...i, dataset: undefined })), /config\.json.*"dataset" is missing/],
  ['a folder that is a number', config((i) => ({ ...i, folder: 7 })), /config\.json.*"folder" is 7/],
  ['classes that are a number', dataset('classes', 4), /config\.json.*"dataset\.classes" is 4/],
  ['no class', dataset('classes', []), /config\.json.*"dataset\.classes" is \[\]/],
  ['classes that are numbers', dataset('classes', [1, 2]), /config\.json.*"dataset\.classes" is \[1,2\]/],
  ['a size of one number', dataset('size', [32]), /config\.json.*"dataset\.size" is \[32\]/],
  ['a size of zero', dataset('size', [32, 0]), /config\.json.*"dataset\.size" is \[32,0\]/],
  [
    'no normalization',
    dataset('normalization', null),
    /config\.json.*"dataset\.normalization\.mean" is missing/,
  ],
  [
    'a mean of text',
    dataset('normalization', { mean: ['a', 0, 0], std: [1, 1, 1] }),
    /"dataset\.normalization\.mean" is/,
  ],
  [
    'no checkpoint',
    (run) => rmSync(path.join(run, 'checkpoints/best.safetensors')),
    /no checkpoint "best"|best.* is missing/,
  ],
  ['a folder as checkpoint', inPlaceOf('checkpoints', 'best.safetensors'), /it is a folder/],
  ['an empty checkpoint', best(''), /best.*(Not a sound safetensors|is damaged)/],
  ['a checkpoint that is none', best('<html>404</html>'), /best.*(Not a sound safetensors|is damaged)/],
  [
    'a checkpoint that is cut',
    (run) => best(readFileSync(path.join(run, 'checkpoints/best.safetensors')).subarray(0, 60))(run),
    /best.*(Not a sound|is damaged)/,
  ],
  [
    'other weights',
    best(encodeSafetensors({ x: int32(Int32Array.of(1), [1]) })),
    /best.* is no Understory checkpoint/,
  ],
  ['progress that is cut', best(progress('{"step": 1')), /best.* is damaged/],
  ['progress that is null', best(progress('null')), /best.* is damaged/],
  [
    'progress of other types',
    best(progress('{"step": "3", "bestEpoch": 0, "bestValue": 0, "sums": {}, "seconds": 1}')),
    /best.* is damaged/,
  ],
];

describe.each(['evaluate', 'export', 'predict'])('understory %s', (name) => {
  it.each(DAMAGES)('refuses a run with %s', async (_, damage, words) => {
    const run = fresh();
    damage(run);
    const line = name === 'predict' ? ['predict', PICTURE, '--run', run] : [name, run];
    expectRefusal(await capture(...line), words);
  });
});

describe('understory runs', () => {
  const start = {
    type: 'start',
    time: '2026-11-28T10:00:00.000Z',
    run: 'a',
    engine: 'cpu',
    epochs: 2,
    stepsPerEpoch: 3,
    step: 0,
  };
  const split = { validation: { accuracy: 0.5 }, test: { accuracy: null } };
  const result = { selectOn: 'validation', bestEpoch: 0, last: split, best: split };
  const done = { type: 'done', time: start.time, step: 6, aborted: false, seconds: 1, result };
  const write = (runs: string, name: string, ...lines: readonly unknown[]): void => {
    mkdirSync(path.join(runs, name), { recursive: true });
    writeFileSync(
      path.join(runs, name, 'metrics.jsonl'),
      lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
    );
  };

  it('lists a damaged run as damaged, says why, and shows the others', async () => {
    const runs = temporaryFolder();
    write(runs, 'sound', start, done);
    mkdirSync(path.join(runs, 'folder/metrics.jsonl'), { recursive: true });
    write(runs, 'result', start, { ...done, result: 5 });
    write(runs, 'metrics', start, {
      ...done,
      result: { ...result, best: { validation: {}, test: { accuracy: 'high' } } },
    });
    write(runs, 'time', { ...start, time: 'yesterday' });
    write(runs, 'cut', start, done);
    writeFileSync(path.join(runs, 'cut/metrics.jsonl'), `${JSON.stringify(start)}\n{"type":"done","st`);
    const { stdout, stderr, code } = await capture('runs', '--runs', runs);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^sound +done .*accuracy NaN$/m);
    expect(stdout).toMatch(/^cut +interrupted/m);
    for (const name of ['folder', 'result', 'metrics', 'time'])
      expect(stdout).toMatch(new RegExp(`^${name} +damaged`, 'm'));
    expect(stdout).toMatch(/^folder is damaged\. Cannot read .*folder\/metrics\.jsonl: it is a folder/m);
    expect(stdout).toMatch(
      /^result is damaged\. .*metrics\.jsonl holds a line of type "done" whose "result"/m,
    );
  });

  it('prints what JSON has no number for as text', async () => {
    const runs = temporaryFolder();
    write(runs, 'sound', start, done);
    const { stdout } = await capture('runs', '--runs', runs, '--json');
    expect(JSON.parse(stdout)).toMatchObject([{ name: 'sound', metrics: { accuracy: 'NaN' } }]);
  });
});

describe('understory replay', () => {
  const labels = { labels: int32(Int32Array.of(0, 1), [2]) };
  const box = (metadata: Record<string, string>): string => {
    const file = path.join(temporaryFolder(), 'black-box.safetensors');
    writeFileSync(
      file,
      encodeSafetensors(labels, {
        format: 'understory-black-box-2',
        step: '3',
        ...metadata,
        padding: ' '.repeat(300),
      }),
    );
    return file;
  };
  const about = (value: unknown): string => JSON.stringify(value);
  const train = { length: 2, targets: { label: { kind: 'class', dtype: 'int32', shape: [] } } };
  const sound = about({ samples: { train: ['a', 'b'] }, teachers: 0, train });

  it.each([
    ['nothing said of its step', {}],
    ['what it says cut', { about: '{"samples": {' }],
    ['null said of its step', { about: 'null' }],
    ['4 billion teachers', { about: about({ samples: {}, teachers: 4e9, train }) }],
    ['half a teacher', { about: about({ samples: {}, teachers: 0.5, train }) }],
    ['samples that have no names', { about: about({ samples: { train: [1] }, teachers: 0, train }) }],
    ['no number of images', { about: about({ samples: {}, teachers: 0, train: { ...train, length: -1 } }) }],
    [
      'a target of no kind',
      { about: about({ samples: {}, teachers: 0, train: { length: 2, targets: { a: {} } } }) },
    ],
    ['a step that is no number', { about: sound, step: 'three' }],
  ])('refuses a black box with %s', async (_, metadata) => {
    expectRefusal(await capture('replay', box(metadata)), /black-box\.safetensors is damaged/);
  });

  it.each([
    ['that is empty', ''],
    ['that is cut', '{"format": "understory-run-1", "conf'],
    ['that is null', 'null'],
    ['of other types', about({ config: {}, folder: '/tmp', dataset: { classes: 3 }, teachers: {} })],
    ['without teachers', readFileSync(path.join(fresh(), 'config.json'), 'utf8')],
  ])('refuses a black box with a description %s', async (_, description) => {
    expectRefusal(
      await capture('replay', box({ about: sound, description })),
      /black-box\.safetensors does not say which run/,
    );
  });
});

describe('understory predict', () => {
  const line = (images: readonly string[], ...rest: string[]): string[] => [
    'predict',
    ...images,
    '--run',
    fresh(),
    ...rest,
  ];

  it('names each image that cannot be read, with its reason', async () => {
    const { folder } = prepareGround(temporaryFolder());
    writeFileSync(path.join(folder, 'none.png'), '');
    const images = ['nope.jpg', 'empty', 'garbage.png', 'none.png', 'dangling'].map((name) =>
      path.join(folder, name),
    );
    const { code, stdout, stderr } = await capture(...line(images));
    expect(stdout).toBe('');
    expect(stderr.split('\n')).toHaveLength(7);
    expect(stderr).toMatch(/nope\.jpg has no prediction\. It does not exist\./);
    expect(stderr).toMatch(/empty has no prediction\. It is a folder\./);
    expect(stderr).toMatch(/garbage\.png has no prediction\. Cannot read .*not a JPEG/);
    expect(stderr).toMatch(/none\.png has no prediction\. Cannot read .*an empty file/);
    expect(stderr).toMatch(/dangling has no prediction\. It is a link/);
    expect(stderr).toMatch(/^5 of 5 images have no prediction\.$/m);
    expect(code).toBe(1);
  });

  it('says so in JSON too, an entry an image', async () => {
    const { code, stdout } = await capture(...line([PICTURE], '--json'));
    expect(JSON.parse(stdout)).toEqual([
      { image: PICTURE, predictions: [], problem: expect.stringContaining('not a JPEG') as unknown },
    ]);
    expect(code).toBe(1);
  });

  it('refuses to name more classes than there are', async () => {
    expectRefusal(await capture(...line([PICTURE], '--top', '5')), /--top is 5, but the run knows 4 classes/);
  });
});
