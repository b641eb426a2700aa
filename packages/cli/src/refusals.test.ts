import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ExperimentSchema } from '@understory/config';
import {
  AUGMENTATION,
  BACKBONE,
  DATASET,
  METRIC,
  OBJECTIVE,
  OPTIMIZER,
  SCHEDULE,
  schemaKeys,
  type AnyPlugin,
  type Token,
} from '@understory/core';
import { defaultPlugins } from '@understory/recipes';
import { createRegistry } from '@understory/registry';
import { beforeAll, describe, expect, it } from 'vitest';
import { main } from './main.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'refused-'));
const registry = createRegistry(defaultPlugins);
let made = 0;

const write = (text: string, name = 'c.yaml'): string => {
  const file = path.join(folder, `${made++}`, name);
  mkdirSync(path.dirname(file));
  writeFileSync(file, text);
  return file;
};

/** A command line and what its message must say. */
interface Refusal {
  readonly argv: readonly string[];
  readonly says: RegExp;
}

// A config that is accepted would look for a run to go on with, and find none: nothing is ever trained here.
const train = (file: string, ...more: string[]): string[] => [
  ...['train', file, '--resume', '--runs', path.join(folder, 'none')],
  ...more,
];

const yaml = (config: object): string =>
  JSON.stringify(config, (_key, value: unknown) => (Number.isNaN(value) ? '.nan' : value)).replaceAll(
    '".nan"',
    '.nan',
  );

const config = (value: object, says: RegExp): Refusal => ({
  argv: train(write(yaml({ dataset: 'emoji', ...value }))),
  says,
});

const at = (key: string, rest: string): RegExp =>
  new RegExp(`(?=.*c\\.yaml:1:\\d+: )(?=.*\\b${key}\\b)(?=.*${rest})`, 's');

const EXPECTED = '(expected|unknown key|one of|letters)';
const keys = Object.keys(ExperimentSchema.shape);

const ofKeys = keys.flatMap((key): Refusal[] => [
  config({ [key]: { wrong: 1 } }, at(key, EXPECTED)),
  config({ [key]: Number.NaN }, at(key, `NaN.*${EXPECTED}`)),
  config({ [key]: null }, at(key, EXPECTED)),
  config({ [`${key}x`]: 1 }, at(`${key}x`, `Did you mean "${key}"`)),
]);

const NESTED: readonly (readonly [key: string, inner: string])[] = [
  'engine',
  'unlabelled',
  'weights',
].flatMap((key) => schemaKeys(ExperimentSchema.shape[key as 'engine']).map((inner) => [key, inner] as const));

const ofNestedKeys = NESTED.flatMap(([key, inner]): Refusal[] => [
  config({ [key]: { file: 'x', [`${inner}x`]: 1 } }, at(`${key}.${inner}x`, `Did you mean "${inner}"`)),
  config({ [key]: { file: 'x', [inner]: { wrong: 1 } } }, at(`${key}.${inner}`, 'expected')),
]);

type Spec = readonly [string, object] | string;
/** Every kind that a config names, and how: by itself, or through another's option. */
const PLACES: readonly (readonly [token: Token<unknown>, place: (spec: Spec) => object])[] = [
  [DATASET, (dataset) => ({ dataset })],
  [BACKBONE, (backbone) => ({ backbone })],
  [OPTIMIZER, (optimizer) => ({ optimizer })],
  [SCHEDULE, (schedule) => ({ schedule })],
  [OBJECTIVE, (objective) => ({ objectives: ['cross-entropy', objective] })],
  [METRIC, (metric) => ({ metrics: [metric] })],
  [AUGMENTATION, (augmentation) => ({ views: [['flip', augmentation]] })],
  [AUGMENTATION, (augmentation) => ({ unlabelled: { views: [['flip', augmentation]] } })],
  [AUGMENTATION, (inner) => ({ views: [[['random-apply', { augmentations: [inner] }]]] })],
];

const withOptions = ({ key }: Token<unknown>): AnyPlugin[] =>
  registry.list({ key }).filter(({ options }) => schemaKeys(options).length > 0);

const ofPlugins = PLACES.flatMap(([token, place]): Refusal[] => {
  const [{ name, options }] = withOptions(token) as [AnyPlugin];
  const [option] = schemaKeys(options) as [string];
  return [
    config(place(`${name}x`), at(`${name}x`, `Did you mean "${name}"`)),
    config(place('zzzzzzzzzz'), at('zzzzzzzzzz', 'Known: ')),
    config(place([name, { [`${option}x`]: 1 }]), at(`${option}x`, `Did you mean "${option}"`)),
    config(place([name, { [option]: { wrong: 1 } }]), at(option, '(expected|unknown key)')),
    config(place(5 as unknown as Spec), at('5', 'expected a name')),
  ];
});

/** Plugins that a plugin's option names, two levels deep. */
const deep = (inner: unknown): object => ({
  objectives: ['cross-entropy', ['cds-distillation', { teacher: { run: 'x' }, supervision: inner }]],
});

const ofInnerPlugins: Refusal[] = [
  ['contrastive-deep-supervision', 'loss', 'supcon', 'temperature'],
  ['contrastive-deep-supervision', 'head', 'mlp', 'width'],
  ['cross-entropy', 'loss', 'label-smoothing', 'smoothing'],
  ['mixed-cross-entropy', 'mixing', 'mixup', 'alpha'],
].flatMap(([objective, option, name, key]) => {
  const place = (spec: unknown): object => ({ objectives: [[objective, { [option!]: spec }]] });
  return [
    config(place(`${name}x`), at(`${name}x`, `Did you mean "${name}"`)),
    config(place([name, { [`${key}x`]: 1 }]), at(`${key}x`, `Did you mean "${key}"`)),
    config(place([name, { [key!]: 'much' }]), at(key!, 'expected')),
    config(deep([objective, { [option!]: [name, { [`${key}x`]: 1 }] }]), at(`${key}x`, 'Did you mean')),
  ];
});

const ofRelations: Refusal[] = [
  config({ batch: 8, microBatches: 9 }, at('microBatches', '9.*8.*at most 8')),
  config({ objectives: ['cross-entropy', 'cross-entropy'] }, at('cross-entropy', 'twice.*Take one out')),
  config({ metrics: ['accuracy', ['accuracy', { top: [1] }]] }, at('accuracy', 'twice.*Take one out')),
  config({ objectives: ['contrastive-deep-supervision'], views: [['flip']] }, at('views', '1 view.*needs 2')),
  config({ objectives: ['fixmatch'] }, at('unlabelled', 'Give the config "unlabelled"')),
  config(
    { objectives: [['mean-teacher', { unlabelled: 'unlabeled' }]], unlabelled: {} },
    at('unlabeled', 'Did you mean "unlabelled"'),
  ),
  config(
    { objectives: [['cds-distillation', { teacher: { weights: 'x.pth', backbone: 'resnet15' } }]] },
    at('resnet15', 'Did you mean "resnet'),
  ),
  config({ unlabelled: { labelled: 1 } }, at('labelled', 'leave "unlabelled" out')),
  config({ backbone: ['resnet18', { width: 1000 }] }, at('width', 'up to 16')),
  config({ engine: { threads: 1e6 } }, at('engine.threads', 'up to 1024')),
];

const base = write('{ dataset: [emoji, { limit: 64 }], epochs: 3 }', 'base.yaml');

const ofChanges = (
  [
    ['a.100000000.b=1', 'unknown key "a"'],
    ['__proto__.x=1', 'Take it out'],
    ['constructor.prototype.x=1', 'unknown key "constructor"'],
    ['epochs=[', 'goes in quotes'],
    ['epochs=a: b: c', 'goes in quotes'],
    ['epochs=*a', 'goes in quotes'],
    ['epochs=!x 1', 'a tag'],
    ['epochs.x=3', 'has no keys'],
    ['dataset.limit.x.y=3', 'has no keys'],
    ['objectives.9.weight=1', 'a list without "9"'],
    ['=x', 'Write key=value'],
    ['a..b=1', 'Write key=value'],
    ['.=1', 'Write key=value'],
    ['epocs=3', 'Did you mean "epochs"'],
    ['epochs=many', '"epochs" is "many": expected a number'],
    ['epochs=', '"epochs" is null: expected'],
    ['seed=1e400', 'Infinity: expected a finite number'],
    ['backbone.width=1000', 'up to 16'],
    ['backbone.widht=1', 'Did you mean "width"'],
    ['optimizer=sgdd', 'Did you mean "sgd"'],
    ['optimizer.momentm=1', 'Did you mean "momentum"'],
    ['objectives.0.wieght=1', 'Did you mean "weight"'],
    ['views=[[crp]]', 'Did you mean "crop"'],
    ['microBatches=500', 'at most 128'],
    ['epochs', 'takes key=value'],
  ] as const
).map(([change, says]): Refusal => {
  const [named] = change.split('\n') as [string];
  const text = `--set.*${named.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}.*${says}`;
  return { argv: train(base, '--set', change), says: new RegExp(change === 'epochs' ? says : text, 's') };
});

const none = path.join(folder, 'none');
const ofCommands = (
  [
    [['trian', base], /'trian'[^]*Did you mean train/],
    [['wieghts'], /'wieghts'[^]*Did you mean weights/],
    [['weights', 'inspct', 'x'], /'inspct'[^]*Did you mean inspect/],
    [['engine', 'instal'], /'instal'[^]*Did you mean install/],
    [['train'], /missing required argument 'configs'/],
    [['train', base, '--sett', 'a=1'], /'--sett'[^]*Did you mean --set/],
    [['train', base, '--set'], /'--set <key=value>' argument missing/],
    [['train', base, '--epochs', '3'], /unknown option '--epochs'/],
    [['advise', base, base], /too many arguments/],
    [['train', path.join(folder, 'no.yaml')], /no\.yaml/],
    [['train', folder], /folder/],
    [['train', base, '--resume', '--runs', none], /none/],
    [['compare', base, path.join(folder, 'no.yaml')], /no\.yaml/],
    [['compare', base, '--seeds', '0'], /--seeds/],
    [['compare', base, '--set', 'epocs=1'], /--set epocs=1.*Did you mean "epochs"/],
    [['sweep', base], /required option '--over <key=values>'/],
    [['sweep', base, '--over', 'epocs=1,2'], /--over epocs=1.*Did you mean "epochs"/],
    [['sweep', base, '--over', 'epochs=1,many'], /--over epochs=.*"epochs" is "many": expected a number/],
    [['sweep', base, '--over', 'batch=8,-4'], /--over batch=-4.*"batch" is -4/],
    [['sweep', base, '--over', 'epochs=5'], /--over epochs=5.*--set/],
    [['sweep', base, '--over', 'epochs=whole(0..9)', '--search', 'random'], /--over epochs=0.*"epochs" is 0/],
    [['sweep', base, '--over', 'seed=1,2'], /--over seed.*--seeds/],
    [['sweep', base, '--over', 'schedule.rate=0.1..1'], /schedule\.rate has a range.*--search random/],
    [['sweep', base, '--over', 'epochs=1,2', '--search', 'random', '--trials', '3'], /2 combinations.*grid/],
    [['sweep', base, '--over', 'epochs=1,2', '--trials', '3'], /2 combinations.*--trials says 3/],
    [['sweep', base, '--over', 'epochs=1,2', '--measure', 'acuracy'], /acuracy\. Known: accuracy.*--goal/],
    [['sweep', base, '--over', 'epochs=1,2', '--search', 'bayes'], /bayes[^]*grid, random, tpe/],
    [['sweep', base, '--over', 'epochs=1,2', '--stop', 'early'], /early[^]*none, median, asha/],
    [
      ['sweep', base, '--over', 'epochs=1,2', '--set', 'selectOn=test'],
      /"selectOn".*--set selectOn=validation/,
    ],
    [['verify', base, '--set', 'epocs=1'], /--set epocs=1.*Did you mean "epochs"/],
    [['verify', base, '--steps', 'x'], /--steps/],
    [['verify', base, '--precision', 'int8'], /int8[^]*float32, bfloat16/],
    [['start', '--epochs', '0'], /--epochs/],
    [['start', '--seed', '-1'], /--seed/],
    [['start', '--sed', '1'], /'--sed'[^]*Did you mean --seed/],
    [['reproduce', 'semi-11'], /"semi-11".*Did you mean "semi-10"/],
    [['reproduce', 'semi-10', '--set', 'epocs=3'], /--set epocs=3.*Did you mean "epochs"/],
    [['reproduce', 'semi-10', '--only', 'baselin'], /"baselin".*Did you mean "baseline"/],
    [['reproduce', 'semi-10', '--jobs', '0'], /--jobs/],
    [['reproduce', 'semi-10', '--json'], /Leave out the name, or --json/],
    [['reproduce', '--only', 'cds'], /--only is for one table/],
    [['reproduce', 'semi-10', '--scale', 'full'], /full[^]*pocket, paper/],
    [['reproduce', 'cifar100', '--only', 'resnet8'], /"resnet8".*Did you mean "resnet18"/],
    [['reproduce', 'semi-10', '--scale', 'huge'], /huge[^]*pocket, paper/],
    [['list', 'objektive'], /"objektive".*Did you mean "objective"/],
    [['list', '--plugin', './none.js'], /none\.js/],
    [['describe', 'resnet19'], /"resnet19".*Did you mean "resnet18"/],
    [['describe', 'resnet18', '--set', 'widht=1'], /"widht".*Did you mean "width"/],
    [['describe', 'resnet18', '--set', 'width'], /--set takes key=value/],
    [['describe', 'resnet18', '--stem', 'none'], /none[^]*cifar, imagenet/],
    [['evaluate'], /missing required argument 'run'/],
    [['evaluate', none], /none/],
    [['evaluate', none, '--split', 'tset'], /tset[^]*train, validation, test/],
    [['predict', 'a.jpg'], /required option '--run <folder>'/],
    [['predict', 'a.jpg', '--run', folder, '--format', 'csv'], /csv[^]*text, json, coco/],
    [['predict', 'a.jpg', '--run', folder, '--threshold', '30'], /--threshold[^]*from 0 to 1/],
    [['predict', 'a.jpg', '--run', folder, '--overwrite'], /Add --draw/],
    [['predict', 'a.jpg', '--run', folder, '--json', '--format', 'coco'], /Leave one out/],
    [['predict', 'a/1.jpg', 'b/1.png', '--run', folder, '--format', 'coco'], /one image_id, 1/],
    [['data', 'chek', base], /'chek'[^]*Did you mean check/],
    [['data', 'check', 'emojj'], /"emojj".*Did you mean "emoji"/],
    [['data', 'check', base, '--set', 'epocs=1'], /--set epocs=1.*Did you mean "epochs"/],
    [['data', 'check', base, '--sheet', path.join(folder, 'a.jpg')], /name a \.png file/],
    [['data', 'check', base, '--sheet', base], /there already\. Add --overwrite/],
    [['data', 'check', base, '--sheet', base, '--overwrite'], /name a \.png file/],
    [['data', 'check', base, '--split', 'test', '--views'], /Leave --split test out/],
    [['data', 'check', base, '--images', '0'], /--images/],
    [['data', 'check', base, folder], /A folder is for a dataset that is given by its name/],
    [['data', 'check', folder], /no config file\. Name the kind of dataset before it.*data check images/],
    [['data', 'check', 'images', none], /none/],
    [['data', 'get'], /missing required argument 'name'/],
    [['data', 'get', 'cifar1000'], /"cifar1000".*Did you mean "cifar100"/],
    [
      ['data', 'get', 'imagenet', path.join(folder, 'there')],
      /image-net\.org.*--from.*ILSVRC2012_img_val\.tar/,
    ],
    [['data', 'get', 'cifar10', path.join(folder, 'there'), '--from', none], /none: it does not exist/],
    [['data', 'get', 'cifar10', path.join(folder, 'there'), '--from', base], /a file\. Name the folder/],
    [['config', '--schem'], /'--schem'[^]*Did you mean --schema/],
    [['--nonsense'], /unknown option '--nonsense'/],
  ] as const
).map(([argv, says]): Refusal => ({ argv, says }));

interface Said {
  readonly code: number;
  readonly text: string;
  readonly seconds: number;
}

/** Runs a command line in this process, with what it writes to standard error. */
const run = async (argv: readonly string[]): Promise<Said> => {
  const own = process.stderr.write.bind(process.stderr);
  let text = '';
  process.stderr.write = (chunk: string | Uint8Array): boolean => {
    text += String(chunk);
    return true;
  };
  const started = performance.now();
  try {
    const code = await main(argv);
    return { code, text: text.trim(), seconds: (performance.now() - started) / 1000 };
  } finally {
    process.stderr.write = own;
  }
};

const ALL = {
  'keys of a config': ofKeys,
  'keys of its tables': ofNestedKeys,
  plugins: ofPlugins,
  'plugins that plugins name': ofInnerPlugins,
  'values that do not go together': ofRelations,
  changes: ofChanges,
  'command lines': ofCommands,
};

const faultsOf = ({ says }: Refusal, { code, text, seconds }: Said): string[] => [
  ...(code === 0 ? ['it was accepted'] : []),
  ...(text.length < 400 ? [] : [`${text.length} characters`]),
  ...(/\n {4}at |a fault in/.test(text) ? ['a stack, or a fault of the software'] : []),
  ...(seconds < 2 ? [] : [`${seconds} s`]),
  ...(says.test(text) ? [] : [`not ${String(says)}`]),
];

// Every command imports its work when it is called: that is no part of a refusal's time here.
beforeAll(async () => {
  const commands = path.join(import.meta.dirname, 'commands');
  const files = readdirSync(commands).filter((file) => /^\w+\.ts$/.test(file));
  await Promise.all(files.map((file) => import(path.join(commands, file))));
});

describe('200 bad configs and command lines', () => {
  it('are as many, and more', () => {
    expect(Object.values(ALL).flat().length).toBeGreaterThan(200);
  });

  it.each(Object.entries(ALL))(
    'are refused with place, key and cure in under 400 characters: %s',
    async (_kind, refusals) => {
      const wrong: object[] = [];
      for (const refusal of refusals) {
        const said = await run(refusal.argv);
        const faults = faultsOf(refusal, said);
        if (faults.length > 0) wrong.push({ argv: refusal.argv.join(' '), faults, text: said.text });
      }
      expect(wrong).toEqual([]);
    },
  );
});
