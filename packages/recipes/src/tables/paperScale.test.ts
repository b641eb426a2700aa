import { checkConfig, parseConfig, type ExperimentConfig, type ExperimentInput } from '@understory/config';
import { OBJECTIVE, OPTIMIZER, readSpec, SCHEDULE, type Spec, type Token } from '@understory/core';
import { createRegistry } from '@understory/registry';
import { describe, expect, it } from 'vitest';
import { defaultPlugins } from '../defaultPlugins.ts';
import { writeTableData } from '../testing/tableData.test.support.ts';
import { experimentOf, inputOf, paperTables, smaller } from '../testing/tableRows.test.support.ts';
import { rowOf, type Row, type Table } from './table.ts';

const registry = createRegistry(defaultPlugins);
const all = paperTables(writeTableData());
const tableOf = (name: string): Table => all.find((table) => table.name === name)!;

/** A plugin's options with its defaults filled in, and its name under `is`. */
const filled = (kind: Token<unknown>, spec: Spec): Readonly<Record<string, unknown>> => {
  const [name, options] = typeof spec === 'string' ? [spec, {}] : spec;
  const plugin = registry.list(kind).find((one) => one.name === name)!;
  return { is: name, ...(plugin.options.parse(options) as object) };
};

const configOf = (row: Row): ExperimentConfig => parseConfig(inputOf(row));
const configs = (name: string): (readonly [key: string, config: ExperimentConfig])[] =>
  tableOf(name).rows.map((row) => [row.key, configOf(row)]);

// What follows is written down from the handbook's pages, not from the recipes.
const SGD = {
  is: 'sgd',
  momentum: 0.9,
  nesterov: false,
  dampening: 0,
  decay: 'all',
  decoupled: false,
  rates: {},
};
const JITTER = ['color-jitter', { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1, p: 0.8 }];
const GREY = ['grayscale', { p: 0.2 }];
const CIFAR_VIEWS = [
  [['crop', { pad: 4, fill: 128 }], 'flip', ['cutout', { size: 16 }]],
  [['crop', { pad: 4, fill: 0 }], 'flip', JITTER, GREY],
];
const IMAGENET_VIEWS = [
  [['random-resized-crop', { size: 224, scale: [0.08, 1] }], 'flip'],
  [['random-resized-crop', { size: 224, scale: [0.2, 1] }], 'flip', JITTER, GREY],
];

/** How a config trains and is evaluated: everything that the tables of part 1, section 5 name, and what section 4 says of tests. */
const recipe = (config: ExperimentConfig) => {
  const { epochs, batch, lastBatch, average, accumulate, patience, freeze, inferenceCrop } = config;
  return {
    ...{ epochs, batch, lastBatch, average, accumulate, patience, freeze, inferenceCrop },
    optimizer: filled(OPTIMIZER, config.optimizer),
    schedule: filled(SCHEDULE, config.schedule),
  };
};
const NOTHING_ELSE = {
  ...{ average: undefined, accumulate: 1, patience: undefined, freeze: undefined },
  inferenceCrop: undefined,
};

const CIFAR = {
  ...NOTHING_ELSE,
  epochs: 300,
  batch: 128,
  lastBatch: 'keep',
  optimizer: { ...SGD, weightDecay: 5e-4 },
  schedule: { is: 'multi-step', rate: 0.1, milestones: [90, 180, 280], factor: 0.1, warmupEpochs: 0 },
};
const IMAGENET = {
  ...NOTHING_ELSE,
  inferenceCrop: [224, 224],
  epochs: 90,
  batch: 256,
  lastBatch: 'keep',
  optimizer: { ...SGD, weightDecay: 1e-4 },
  schedule: { is: 'step', rate: 0.1, every: 30, factor: 0.1, warmupEpochs: 0 },
};

/** Objectives of the five methods with what the handbook says of them, defaults included. */
const checkMethod = (method: string, { objectives, views }: ExperimentConfig, all: unknown): void => {
  const made = objectives.map((spec) => filled(OBJECTIVE, spec));
  expect(made[0]).toMatchObject({ is: 'cross-entropy', weight: 1, labelSmoothing: 0, view: 0 });
  const EXPECTED: Readonly<Record<string, object | undefined>> = {
    baseline: undefined,
    dsn: { is: 'deeply-supervised-nets', weight: 1, taps: 'all', view: 0, head: 'sepconv' },
    dks: { is: 'knowledge-synergy', weight: 1, mimicWeight: 1, view: 0 },
    dhm: { is: 'hierarchical-mimicking', weight: 1, mimicWeight: 1, temperature: 1, dynamic: false, view: 0 },
    cds: {
      ...{ is: 'contrastive-deep-supervision', weight: 0.1, taps: 'all', includeFinal: true, perTap: {} },
      ...{ loss: ['supcon', { temperature: 0.07 }], head: 'sepconv' },
    },
  };
  const expected = EXPECTED[method];
  expect(made).toHaveLength(expected ? 2 : 1);
  if (expected) expect(made[1]).toMatchObject(expected);
  expect(views).toEqual((all as unknown[]).slice(0, method === 'cds' ? 2 : 1));
};

describe('the paper’s hyperparameters', () => {
  it.each(['cifar10', 'cifar100'])('%s: ten networks with five methods', (name) => {
    const rows = configs(name);
    expect(rows).toHaveLength(50);
    for (const [key, config] of rows) {
      const [model, method = ''] = key.split('/');
      expect(recipe(config), key).toEqual(CIFAR);
      expect(config.selectOn).toBe('test'); // the released code's way; the last epoch stands beside it
      expect(config.dataset).toMatchObject([name, { validation: 0 }]); // all 50,000
      expect(config.backbone).toEqual([model, { width: 1 }]);
      checkMethod(method, config, CIFAR_VIEWS);
    }
  });

  it('imagenet: three networks with five methods', () => {
    const rows = configs('imagenet');
    expect(rows).toHaveLength(15);
    for (const [key, config] of rows) {
      const [model, method = ''] = key.split('/');
      expect(recipe(config), key).toEqual(IMAGENET);
      expect(config.backbone).toEqual([model, { stem: 'imagenet' }]);
      checkMethod(method, config, IMAGENET_VIEWS);
    }
  });

  it.each([
    ['fine-grained', { batch: 32, rate: 0.01, square: 256, middle: 224, views: IMAGENET_VIEWS }],
    [
      'fine-grained-448',
      {
        ...{ batch: 16, rate: 0.005, square: 512, middle: 448 },
        views: IMAGENET_VIEWS.map(([, ...others]) => [['crop', { size: 448, pad: 0 }], ...others]),
      },
    ],
  ] as const)('%s: five datasets with five methods, new layers ten times as fast', (name, preset) => {
    const rows = configs(name).filter(([key]) => key.includes('/'));
    expect(rows).toHaveLength(25);
    for (const [key, config] of rows) {
      const [set, method = ''] = key.split('/');
      const { schedule, optimizer, ...others } = recipe(config);
      expect(others, key).toEqual({
        ...{ ...NOTHING_ELSE, epochs: 100, batch: preset.batch, lastBatch: 'keep' },
        inferenceCrop: [preset.middle, preset.middle],
      });
      // Factors of names multiply: 0.1 of the backbone, and 10 of that for its classifier.
      const rates = { 'backbone/*': 0.1, 'backbone/classifier*': 10 };
      expect(optimizer).toEqual({ ...SGD, weightDecay: 5e-4, rates });
      expect(schedule).toMatchObject({ is: 'cosine', final: 0, warmupEpochs: 0 });
      expect(Number(schedule['rate']) * 0.1).toBeCloseTo(preset.rate, 12);
      const [square] = [preset.square];
      expect(config.dataset).toMatchObject([set, { size: [square, square], validation: 0 }]);
      expect(config.backbone).toEqual(['resnet50', { stem: 'imagenet' }]);
      expect(config.weights).toEqual({ run: `runs/pre-${method}` });
      expect(config.batchNorm).toBe('learn');
      checkMethod(method, config, preset.views);
    }
  });

  it.each([
    ['detection-retinanet', 0.01],
    ['detection-faster-rcnn', 0.02],
  ])('%s: mmdetection’s 1× schedule', (name, rate) => {
    for (const [key, config] of configs(name).filter(([key]) => !key.startsWith('pre-'))) {
      const { schedule, ...others } = recipe(config);
      expect(others, key).toEqual({
        ...{ ...NOTHING_ELSE, epochs: 12, batch: 16, lastBatch: 'keep' },
        optimizer: { ...SGD, weightDecay: 1e-4 },
        freeze: config.weights && { upTo: 'stage1', from: 0, batchNorm: true },
      });
      expect(schedule).toMatchObject({ is: 'multi-step', rate, milestones: [8, 11], factor: 0.1 });
      // 500 steps of ⌈117,266 / 16⌉ an epoch.
      expect(Number(schedule['warmupEpochs']) * Math.ceil(117_266 / 16)).toBeCloseTo(500, 9);
      const size = { shortest: 800, longest: 1333 };
      expect(config.dataset).toMatchObject(['coco', { size, empty: 'leave-out' }]);
      expect(config.batchNorm).toBe(config.weights ? 'still' : 'learn');
      expect(config.views?.[0]).toEqual(['flip']);
      expect(config.backbone).toEqual(['resnet50', { stem: 'imagenet' }]);
    }
  });

  it('distillation: three students, the suite’s weights', () => {
    const teacher = { run: expect.stringMatching(/^runs\/teacher-resnet(50|101)$/) as string };
    const EXPECTED: Readonly<Record<string, readonly [task: number, objective?: object]>> = {
      none: [1],
      kd: [0.1, { is: 'knowledge-distillation', teacher, weight: 0.9, temperature: 4 }],
      at: [1, { is: 'attention-transfer', teacher, weight: 1000 }],
      rkd: [1, { is: 'relational-distillation', teacher, weight: 1, distance: 25, angle: 50 }],
      sp: [1, { is: 'similarity-preserving', teacher, weight: 3000 }],
      crd: [
        1,
        {
          ...{ is: 'contrastive-representation', teacher, weight: 0.8, width: 128 },
          ...{ negatives: 16384, temperature: 0.07, momentum: 0.5 },
        },
      ],
      cc: [1, { is: 'correlation-congruence', teacher, weight: 0.02, width: 128 }],
      okd: [1, { is: 'native-ensemble', branches: 3, temperature: 3, weight: 1, mimicWeight: 1 }],
      sskd: [
        0.1,
        {
          ...{ is: 'self-supervised-distillation', teacher, klWeight: 0.9, transferWeight: 2.7 },
          ...{
            pretextWeight: 10,
            temperature: 4,
            pretextTemperature: 0.5,
            transferShare: 1,
            pretextShare: 0.75,
          },
        },
      ],
      'cds-kd': [
        1,
        {
          ...{ is: 'cds-distillation', teacher, featureWeight: 0.5, logitWeight: 1, temperature: 1 },
          ...{ distance: 'norm', logits: 'soft-cross-entropy', teacherMode: 'batch', adapters: 'always' },
          supervision: ['contrastive-deep-supervision', { weight: 0.5 }],
        },
      ],
    };
    for (const student of ['resnet18', 'resnet34', 'resnet50'])
      for (const [method, [task, objective]] of Object.entries(EXPECTED)) {
        const config = configOf(rowOf(tableOf('distillation'), `${student}/${method}`));
        expect(recipe(config), method).toEqual(IMAGENET);
        const [first, second] = config.objectives.map((spec) => filled(OBJECTIVE, spec));
        expect(first, method).toMatchObject({ is: 'cross-entropy', weight: task });
        if (objective) expect(second, method).toMatchObject(objective);
        else expect(second, method).toBeUndefined();
      }
  });

  it.each([10, 20, 30, 40])(
    'semi-%i: 64 and 64 images a step, as many steps whatever the share',
    (percent) => {
      for (const name of [`semi-${percent}`, `semi-${percent}-cifar100`])
        for (const [key, config] of configs(name)) {
          const { optimizer, batch, epochs, schedule } = recipe(config);
          expect({ optimizer, batch }, key).toEqual({ optimizer: CIFAR.optimizer, batch: 64 });
          const steps = epochs * Math.floor((50_000 * percent) / 100 / 64);
          expect(Math.abs(steps / (300 * 781) - 1), key).toBeLessThan(0.002);
          const shares = (schedule['milestones'] as number[]).map((epoch) => epoch / epochs);
          [0.3, 0.6, 280 / 300].forEach((share, i) => expect(shares[i]).toBeCloseTo(share, 2));
          expect(config.unlabelled?.labelled).toBe(percent / 100);
          expect(config.unlabelled?.batch).toBe(key === 'baseline' ? 0 : 64);
        }
      const { objectives } = configOf(rowOf(tableOf(`semi-${percent}`), 'cds'));
      const unlabelled = { unlabelled: ['ntxent', { temperature: 0.07 }] };
      expect(filled(OBJECTIVE, objectives[0]!)['contrastive']).toEqual([
        'contrastive-deep-supervision',
        unlabelled,
      ]);
    },
  );

  it('calibration: the runs of ResNet-18 on CIFAR-100, told by their calibration error', () => {
    const { rows, measures } = tableOf('calibration');
    expect(rows.map(({ home }) => home?.table)).toEqual(Array(5).fill('cifar100'));
    expect(measures?.[0].metric).toBe('ece');
    expect(configOf(rows[0]!).metrics).toEqual([
      ['accuracy', { top: [1, 5] }],
      ['calibration', { also: [5] }],
    ]);
  });

  it('pretraining: batch, epochs and AutoAugment of each row', () => {
    const table = tableOf('pretraining');
    const EXPECTED: readonly (readonly [key: string, batch: number, epochs: number, auto: boolean])[] = [
      ['baseline-256-90', 256, 90, false],
      ['baseline-4096-270', 4096, 270, true],
      ['pre-supcon-6144-350', 6144, 350, true],
      ['pre-supcon-512-350', 512, 350, true],
      ['pre-supcon-6144-100', 6144, 100, true],
      ['pre-byol-1024-1080', 1024, 1000, false],
      ['byol-1024-1080', 256, 80, false],
      ['byol-dsn-1024-1080', 256, 80, false],
      ['cds-256-90', 256, 90, false],
      ['cds-kd-256-90', 256, 90, false],
      ['cds-256-350', 256, 350, true],
    ];
    for (const [key, batch, epochs, auto] of EXPECTED) {
      const config = configOf(rowOf(table, key));
      expect([config.batch, config.epochs], key).toEqual([batch, epochs]);
      expect(JSON.stringify(config.views?.[0]).includes('auto-augment'), key).toBe(auto);
    }
    expect(table.rows.filter(({ paper }) => paper !== '–')).toHaveLength(10);
  });

  it('pretraining: SupCon and BYOL as their authors train them', () => {
    const table = tableOf('pretraining');
    for (const [batch, epochs] of [
      [6144, 350],
      [512, 350],
      [6144, 100],
    ] as const) {
      const { schedule, optimizer, objectives } = configOf(rowOf(table, `pre-supcon-${batch}-${epochs}`));
      const rate = (0.5 * batch) / 1024;
      expect(schedule).toEqual(['cosine', { rate, final: rate * 0.1 ** 3, warmupEpochs: 10 }]);
      expect(optimizer).toEqual(['sgd', { momentum: 0.9, weightDecay: 1e-4 }]);
      expect(filled(OBJECTIVE, objectives[0]!)).toMatchObject({
        loss: ['supcon', { temperature: 0.1, baseTemperature: 0.1 }],
        head: ['mlp', { width: 128 }],
      });
    }
    const { schedule, optimizer, objectives, views } = configOf(rowOf(table, 'pre-byol-1024-1080'));
    expect(schedule).toEqual(['cosine', { rate: 0.8, warmupEpochs: 10 }]);
    expect(optimizer).toEqual(['lars', { momentum: 0.9, weightDecay: 1.5e-6 }]);
    expect(objectives).toEqual([['bootstrap-latents', { momentum: 0.996, momentumEpochs: 1000 }]]);
    expect(views?.map((view) => view.map((spec) => [spec].flat()[0]))).toEqual([
      ['random-resized-crop', 'flip', 'color-jitter', 'grayscale', 'gaussian-blur'],
      ['random-resized-crop', 'flip', 'color-jitter', 'grayscale', 'gaussian-blur', 'solarize'],
    ]);
  });

  it('trains no network twice, whatever its row is called', () => {
    const alike = all.flatMap((table) => {
      const own = table.rows
        .filter(({ home }) => !home)
        .map((row) => JSON.stringify([inputOf(row), row.seed]));
      return own.length === new Set(own).size ? [] : [table.name];
    });
    expect(alike).toEqual([]);
  });
});

describe('every row of every table at paper scale', () => {
  const rows = all.flatMap((table) => table.rows.map((row) => [table.name, row.key, row] as const));

  it('is evaluated on images as large as its views make of the dataset’s squares', () => {
    for (const [table, key, row] of rows) {
      const { views = [], inferenceCrop } = configOf(row);
      // Crops that say no size keep that of the dataset.
      const sides = views.flat().flatMap((spec) => readSpec(spec)?.[1]['size'] ?? []);
      const crops = new Set(sides.filter((side) => side !== 16)); // 16 is a side of cutout
      expect([...crops], `${table} ${key}`).toEqual(inferenceCrop?.slice(0, 1) ?? []);
    }
  });

  it('is a config that checks, and an experiment on files of the true format', async () => {
    const problems: string[] = [];
    for (const [table, key, row] of rows) {
      const input: ExperimentInput = inputOf(row);
      try {
        checkConfig(input, registry);
        const { streams } = await experimentOf(registry, smaller({ batch: 4 })(parseConfig(input)));
        for (const { views } of streams) expect(views.length).toBeGreaterThan(0);
      } catch (error) {
        problems.push(`${table} ${key}: ${String(error)}`);
      }
    }
    expect(problems).toEqual([]);
  });

  it('is the same as the row of the table that it is of', () => {
    for (const [table, key, row] of rows) {
      if (!row.home) continue;
      const home = rowOf(tableOf(row.home.table), row.home.key);
      const own = inputOf(row);
      expect(own, `${table} ${key}`).toEqual(inputOf(home));
    }
  });
});
