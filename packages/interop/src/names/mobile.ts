import type { Slot } from '../model/slots.ts';
import { layerTable, pointwise, type LayerRule, type NameTable } from './nameTable.ts';
import { blockCount, hasLayer, stagesOf } from './positions.ts';

/** A convolution and its batch norm: `<layer>/conv` and `<layer>/norm`. */
const pair = (
  layer: RegExp,
  conv: (...groups: string[]) => string,
  norm: (...groups: string[]) => string,
): LayerRule[] => [
  [new RegExp(`${layer.source}/conv`), conv],
  [new RegExp(`${layer.source}/norm`), norm],
];
const numbered = (layer: RegExp, at: (...groups: string[]) => string): LayerRule[] =>
  pair(layer, (...g) => `${at(...g)}.0`, (...g) => `${at(...g)}.1`); // prettier-ignore

/** MobileNetV2 in torchvision: one row of blocks, each a row of layers. */
export const mobilenetV2Torchvision = (slots: readonly Slot[]): NameTable => {
  const block = (i: string): string => `features.${Number(i) + 1}.conv`;
  const wide = (i: string): number => (hasLayer(slots, `block${i}/expand`) ? 1 : 0);
  return layerTable('torchvision', [
    ...numbered(/stem/, () => 'features.0'),
    ...numbered(/block(\d+)\/expand/, (i) => `${block(i)}.0`),
    ...numbered(/block(\d+)\/depthwise/, (i) => `${block(i)}.${wide(i)}`),
    ...pair(
      /block(\d+)\/project/,
      (i) => `${block(i)}.${wide(i) + 1}`,
      (i) => `${block(i)}.${wide(i) + 2}`,
    ),
    ...numbered(/head/, () => `features.${blockCount(slots) + 1}`),
    [/classifier/, 'classifier.1'],
  ]);
};

/** Layers of torchvision's later inverted residuals: [expand,] depthwise, [gate,] project. */
const invertedRules = (slots: readonly Slot[], block: (i: string) => string): LayerRule[] => {
  const has = (i: string, part: string): number => (hasLayer(slots, `block${i}/${part}`) ? 1 : 0);
  const gate = (i: string): string => `${block(i)}.block.${has(i, 'expand') + 1}`;
  return [
    ...numbered(/block(\d+)\/expand/, (i) => `${block(i)}.block.0`),
    ...numbered(/block(\d+)\/depthwise/, (i) => `${block(i)}.block.${has(i, 'expand')}`),
    [/block(\d+)\/se\/(fc\d)/, (i, fc) => `${gate(i)}.${fc}`, pointwise],
    ...numbered(/block(\d+)\/project/, (i) => `${block(i)}.block.${has(i, 'expand') + has(i, 'se') + 1}`),
  ];
};

/** MobileNetV3 in torchvision. */
export const mobilenetV3Torchvision = (slots: readonly Slot[]): NameTable =>
  layerTable('torchvision', [
    ...numbered(/stem/, () => 'features.0'),
    ...invertedRules(slots, (i) => `features.${Number(i) + 1}`),
    ...numbered(/head/, () => `features.${blockCount(slots) + 1}`),
    [/hidden/, 'classifier.0'],
    [/classifier/, 'classifier.3'],
  ]);

/** EfficientNet in torchvision: blocks grouped by stage. */
export const efficientnetTorchvision = (slots: readonly Slot[]): NameTable => {
  const stages = stagesOf(slots, 'project');
  const block = (i: string): string => `features.${stages[Number(i)]![0] + 1}.${stages[Number(i)]![1]}`;
  return layerTable('torchvision', [
    ...numbered(/stem/, () => 'features.0'),
    ...invertedRules(slots, block),
    ...numbered(/head/, () => `features.${stages.at(-1)![0] + 2}`),
    [/classifier/, 'classifier.1'],
  ]);
};

const TIMM_STEM: readonly LayerRule[] = [
  [/stem\/conv/, 'conv_stem'],
  [/stem\/norm/, 'bn1'],
];

/** MobileNetV1 in timm. */
export const mobilenetV1Timm = (slots: readonly Slot[]): NameTable => {
  const stages = stagesOf(slots, 'pointwise');
  const block = (i: string): string => `blocks.${stages[Number(i)]!.join('.')}`;
  return layerTable('timm', [
    ...TIMM_STEM,
    ...pair(/block(\d+)\/depthwise/, (i) => `${block(i)}.conv_dw`, (i) => `${block(i)}.bn1`), // prettier-ignore
    ...pair(/block(\d+)\/pointwise/, (i) => `${block(i)}.conv_pw`, (i) => `${block(i)}.bn2`), // prettier-ignore
    [/classifier/, 'classifier'],
  ]);
};

/** MobileNetV2, MobileNetV3 and EfficientNet in timm. */
export const invertedTimm = (slots: readonly Slot[]): NameTable => {
  const stages = stagesOf(slots, 'project');
  const block = (i: string): string => `blocks.${stages[Number(i)]!.join('.')}`;
  const wide = (i: string): number => (hasLayer(slots, `block${i}/expand`) ? 1 : 0);
  const narrow = (i: string): string => (wide(i) ? 'conv_pwl' : 'conv_pw');
  const isV3 = hasLayer(slots, 'hidden');
  const end = `blocks.${stages.at(-1)![0] + 1}.0`;
  const head = isV3 ? [`${end}.conv`, `${end}.bn1`] : ['conv_head', 'bn2'];
  return layerTable('timm', [
    ...TIMM_STEM,
    ...pair(/block(\d+)\/expand/, (i) => `${block(i)}.conv_pw`, (i) => `${block(i)}.bn1`), // prettier-ignore
    ...pair(/block(\d+)\/depthwise/, (i) => `${block(i)}.conv_dw`, (i) => `${block(i)}.bn${wide(i) + 1}`), // prettier-ignore
    ...pair(/block(\d+)\/project/, (i) => `${block(i)}.${narrow(i)}`, (i) => `${block(i)}.bn${wide(i) + 2}`), // prettier-ignore
    [/block(\d+)\/se\/fc1/, (i) => `${block(i)}.se.conv_reduce`, pointwise],
    [/block(\d+)\/se\/fc2/, (i) => `${block(i)}.se.conv_expand`, pointwise],
    [/head\/conv/, head[0]!],
    [/head\/norm/, head[1]!],
    [/hidden/, 'conv_head', pointwise],
    [/classifier/, 'classifier'],
  ]);
};

/** ShuffleNetV2 in torchvision: two branches, each a row of layers. */
export const shufflenetTorchvision: NameTable = layerTable('torchvision', [
  ...numbered(/stem/, () => 'conv1'),
  ...numbered(/head/, () => 'conv5'),
  ...[
    ['left/depthwise', 'branch1', 0],
    ['left/conv', 'branch1', 2],
    ['right/conv1', 'branch2', 0],
    ['right/depthwise', 'branch2', 3],
    ['right/conv2', 'branch2', 5],
  ].flatMap(([part, branch, at]) =>
    // prettier-ignore
    pair(
      new RegExp(`stage(\\d)/unit(\\d+)/${String(part)}`),
      (s, u) => `stage${s}.${u}.${String(branch)}.${Number(at)}`,
      (s, u) => `stage${s}.${u}.${String(branch)}.${Number(at) + 1}`,
    ),
  ),
  [/classifier/, 'fc'],
]);
