import type { LayersModel } from '@tensorflow/tfjs-layers';
import { UnderstoryError, unknownName } from '@understory/core';
import { slotsOf, type Slot } from '../model/slots.ts';
import {
  efficientnetTorchvision,
  invertedTimm,
  mobilenetV1Timm,
  mobilenetV2Torchvision,
  mobilenetV3Torchvision,
  shufflenetTorchvision,
} from './mobile.ts';
import { OWN_NAMES, type NameTable } from './nameTable.ts';
import { densenetNames, vggTorchvision } from './plainNets.ts';
import * as resnets from './resnet.ts';
import { convnextTimm, convnextTorchvision, vitTimm, vitTorchvision } from './transformers.ts';

/** A table, or how to make it from a network's weights where names depend on how many blocks there are. */
type Source = NameTable | ((slots: readonly Slot[]) => NameTable);

interface Family {
  /** Names of its backbones. */
  readonly backbones: RegExp;
  readonly codes: Readonly<Record<string, Source>>;
}

const FAMILIES: readonly Family[] = [
  {
    backbones: /^(?:resnet|resnext|wideresnet)/,
    codes: {
      torchvision: resnets.resnetTorchvision,
      timm: resnets.resnetTimm,
      official: resnets.resnetOfficial,
      zoo: resnets.resnetZoo,
      cifar: resnets.resnetCifar,
      children: resnets.resnetChildren,
      'children-unpooled': resnets.resnetChildrenUnpooled,
      'children-cifar': resnets.resnetChildrenCifar,
    },
  },
  {
    backbones: /^senet/,
    codes: { timm: resnets.resnetTimm, official: resnets.senetOfficial, zoo: resnets.senetZoo },
  },
  { backbones: /^preactresnet/, codes: { official: resnets.preactOfficial, zoo: resnets.preactZoo } },
  { backbones: /^vgg/, codes: { torchvision: vggTorchvision } },
  { backbones: /^mobilenetv1/, codes: { timm: mobilenetV1Timm } },
  { backbones: /^mobilenetv2/, codes: { torchvision: mobilenetV2Torchvision, timm: invertedTimm } },
  { backbones: /^mobilenetv3/, codes: { torchvision: mobilenetV3Torchvision, timm: invertedTimm } },
  { backbones: /^shufflenetv2/, codes: { torchvision: shufflenetTorchvision } },
  { backbones: /^efficientnet/, codes: { torchvision: efficientnetTorchvision, timm: invertedTimm } },
  {
    backbones: /^densenet/,
    codes: { torchvision: densenetNames('torchvision'), timm: densenetNames('timm') },
  },
  { backbones: /^convnext/, codes: { torchvision: convnextTorchvision, timm: convnextTimm } },
  { backbones: /^vit/, codes: { timm: vitTimm, torchvision: vitTorchvision } },
];

/** Codes whose names are known for a backbone: `understory` (our own), then others. */
export const codesFor = (backbone: string): string[] => [
  OWN_NAMES.code,
  ...Object.keys(FAMILIES.find(({ backbones }) => backbones.test(backbone))?.codes ?? {}),
];

/**
 * How a code (`torchvision`, `timm`, `official`: the method's authors', `zoo` and `cifar`: popular CIFAR collections,
 * `children`: modules in a row, `understory`) names the weights of a backbone. Errors: `unknown-name`, with the codes that are known for it.
 */
export const namesFor = (
  { name, model }: { readonly name: string; readonly model: LayersModel },
  code: string,
): NameTable => {
  if (code === OWN_NAMES.code) return OWN_NAMES;
  const family = FAMILIES.find(({ backbones }) => backbones.test(name));
  if (!family) {
    throw new UnderstoryError(
      'unknown-name',
      `No names of other code are known for the backbone "${name}". Use "understory".`,
    );
  }
  const source = Object.hasOwn(family.codes, code) ? family.codes[code]! : undefined;
  if (!source) throw unknownName(`code that names ${name}`, code, codesFor(name));
  return typeof source === 'function' ? source(slotsOf(model)) : source;
};
