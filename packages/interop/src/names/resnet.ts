import { layerTable, type LayerRule, type NameTable } from './nameTable.ts';

/** Names that the reference implementation of residual networks began, and most others kept. */
const RULES: readonly LayerRule[] = [
  [/stem\/conv/, 'conv1'],
  [/stem\/norm/, 'bn1'],
  [/stage(\d)\/block(\d+)\/conv(\d)/, 'layer$1.$2.conv$3'],
  [/stage(\d)\/block(\d+)\/norm(\d)/, 'layer$1.$2.bn$3'],
  [/stage(\d)\/block(\d+)\/shortcut\/conv/, 'layer$1.$2.downsample.0'],
  [/stage(\d)\/block(\d+)\/shortcut\/norm/, 'layer$1.$2.downsample.1'],
  [/classifier/, 'fc'],
];

/** ResNet, ResNeXt and wide ResNet in torchvision. */
export const resnetTorchvision: NameTable = layerTable('torchvision', RULES);

/** The same in timm (`resnet18`, `resnext50_32x4d`, `wide_resnet50_2`, …). */
export const resnetTimm: NameTable = layerTable('timm', RULES);

/** The same in the released code of the method, whose networks carry their projection heads (see `cdsHeads`). */
export const resnetOfficial: NameTable = layerTable('official', RULES, /^auxiliary\d/);
