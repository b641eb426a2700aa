import { layerTable, pointwise, type LayerRule, type NameTable } from './nameTable.ts';

/** How a code spells the parts of a residual network. */
interface Spelling {
  readonly stem: readonly [conv: string, norm: string];
  readonly stage: (number: number) => string;
  readonly shortcut: 'downsample' | 'shortcut';
  readonly classifier: string;
}

const spelled = ({ stem, stage, shortcut, classifier }: Spelling): LayerRule[] => {
  const block = (s: string, b: string): string => `${stage(Number(s))}.${b}`;
  return [
    [/stem\/conv/, stem[0]],
    [/stem\/norm/, stem[1]],
    [/stage(\d)\/block(\d+)\/conv(\d)/, (s, b, i) => `${block(s, b)}.conv${i}`],
    [/stage(\d)\/block(\d+)\/norm(\d)/, (s, b, i) => `${block(s, b)}.bn${i}`],
    [/stage(\d)\/block(\d+)\/shortcut\/conv/, (s, b) => `${block(s, b)}.${shortcut}.0`],
    [/stage(\d)\/block(\d+)\/shortcut\/norm/, (s, b) => `${block(s, b)}.${shortcut}.1`],
    [/stage(\d)\/block(\d+)\/se\/(fc\d)/, (s, b, fc) => `${block(s, b)}.se.${fc}`, pointwise],
    [/classifier/, classifier],
  ];
};

/** Names that the reference implementation of residual networks began, and most others kept. */
const USUAL: Spelling = {
  stem: ['conv1', 'bn1'],
  stage: (s) => `layer${s}`,
  shortcut: 'downsample',
  classifier: 'fc',
};

/** ResNet, ResNeXt and wide ResNet in torchvision. */
export const resnetTorchvision: NameTable = layerTable('torchvision', spelled(USUAL));

/** The same in timm, squeeze-and-excitation too. */
export const resnetTimm: NameTable = layerTable('timm', spelled(USUAL));

/** ResNet in the released code of the method, whose networks carry their projection heads (see `cdsHeads`). */
export const resnetOfficial: NameTable = layerTable('official', spelled(USUAL), /^auxiliary\d/);

/** ResNet in the CIFAR code that most contrastive code began with: SupContrast's encoder, for one. */
export const resnetCifar: NameTable = layerTable(
  'cifar',
  spelled({ ...USUAL, shortcut: 'shortcut', classifier: 'linear' }),
);

/** Modules of a network in one row, as `Sequential(*network.children())` numbers them; stages come after `before` others. */
const children = (code: string, before: number, rest: Pick<Spelling, 'shortcut' | 'classifier'>): NameTable =>
  layerTable(code, spelled({ stem: ['0', '1'], stage: (s) => String(before + s - 1), ...rest }));

/** torchvision's modules in a row: convolution, batch norm, ReLU, pool, stages, pool, classifier. */
export const resnetChildren = children('children', 4, { shortcut: 'downsample', classifier: '9' });
/** The same without the pool of the stem, as CIFAR code takes it out. */
export const resnetChildrenUnpooled = children('children-unpooled', 3, {
  shortcut: 'downsample',
  classifier: '9',
});
/** Modules of `cifar` in a row: convolution, batch norm, stages, classifier. */
export const resnetChildrenCifar = children('children-cifar', 2, { shortcut: 'shortcut', classifier: '6' });

/** Places of a convolution and of its batch norm in a row of [convolution, batch norm, ReLU]. */
const convAt = (i: string): number => 3 * (Number(i) - 1);
const branch = (block: string, name: string): LayerRule[] => [
  [new RegExp(`${block}/conv(\\d)`), (s, b, i) => `${nameOf(name, s, b)}.${convAt(i)}`],
  [new RegExp(`${block}/norm(\\d)`), (s, b, i) => `${nameOf(name, s, b)}.${convAt(i) + 1}`],
];
const nameOf = (name: string, stage: string, block: string): string =>
  name
    .replace('S+1', String(Number(stage) + 1))
    .replace('S', stage)
    .replace('B', block);
const BLOCK = 'stage(\\d)/block(\\d+)';

/** ResNet in a popular CIFAR collection. */
export const resnetZoo: NameTable = layerTable('zoo', [
  [/stem\/conv/, 'conv1.0'],
  [/stem\/norm/, 'conv1.1'],
  ...branch(BLOCK, 'convS+1_x.B.residual_function'),
  [/stage(\d)\/block(\d+)\/shortcut\/conv/, (s, b) => `${nameOf('convS+1_x.B', s, b)}.shortcut.0`],
  [/stage(\d)\/block(\d+)\/shortcut\/norm/, (s, b) => `${nameOf('convS+1_x.B', s, b)}.shortcut.1`],
  [/classifier/, 'fc'],
]);

const staged = (classifier: string): LayerRule[] => [
  [/stem\/conv/, 'pre.0'],
  [/stem\/norm/, 'pre.1'],
  [/classifier/, classifier],
];

const senetRules = (classifier: string): LayerRule[] => [
  ...staged(classifier),
  ...branch(BLOCK, 'stageS.B.residual'),
  [/stage(\d)\/block(\d+)\/shortcut\/conv/, 'stage$1.$2.shortcut.0'],
  [/stage(\d)\/block(\d+)\/shortcut\/norm/, 'stage$1.$2.shortcut.1'],
  [/stage(\d)\/block(\d+)\/se\/fc1/, 'stage$1.$2.excitation.0'],
  [/stage(\d)\/block(\d+)\/se\/fc2/, 'stage$1.$2.excitation.2'],
];

/** In front of each convolution stand its batch norm and a ReLU. */
const preactRules = (classifier: string): LayerRule[] => [
  ...staged(classifier),
  [/stage(\d)\/block(\d+)\/norm(\d)/, (s, b, i) => `stage${s}.${b}.residual.${convAt(i)}`],
  [/stage(\d)\/block(\d+)\/conv(\d)/, (s, b, i) => `stage${s}.${b}.residual.${convAt(i) + 2}`],
  [/stage(\d)\/block(\d+)\/shortcut\/conv/, 'stage$1.$2.shortcut'],
];

/** What the first author's networks hold besides: heads of earlier methods, and a classifier that nothing reads. */
const UNUSED = /^(?:linear|deepwise[123]|auxiliary_classifiers_list)\./;

/** SE-ResNet and pre-activation ResNet (the `zoo` form) in the CIFAR collection, and in the first author's earlier code. */
export const senetZoo: NameTable = layerTable('zoo', senetRules('linear'));
export const senetOfficial: NameTable = layerTable('official', senetRules('deepwise4.fc'), UNUSED);
export const preactZoo: NameTable = layerTable('zoo', preactRules('linear'));
export const preactOfficial: NameTable = layerTable('official', preactRules('deepwise4.fc'), UNUSED);
