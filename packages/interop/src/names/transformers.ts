import type { Slot } from '../model/slots.ts';
import { layerTable, type NameTable, type Place } from './nameTable.ts';
import { hasLayer } from './positions.ts';

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const vector: Place['shape'] = (usual) => [size(usual)];

/** ConvNeXt in torchvision: stem, stages and what halves between them in one row. */
export const convnextTorchvision: NameTable = layerTable('torchvision', [
  [/stem\/conv/, 'features.0.0'],
  [/stem\/norm/, 'features.0.1'],
  [/stage(\d)\/block0\/downsample\/norm/, (s) => `features.${2 * Number(s) - 2}.0`],
  [/stage(\d)\/block0\/downsample\/conv/, (s) => `features.${2 * Number(s) - 2}.1`],
  [
    /stage(\d)\/block(\d+)\/scale/,
    (s, b) => `features.${2 * Number(s) - 1}.${b}.layer_scale!`,
    (usual) => [size(usual), 1, 1],
  ],
  ...(['depthwise', 'norm', 'fc1', 'fc2'] as const).map((layer, i) => {
    const at = [0, 2, 3, 5][i]!;
    const name = (s: string, b: string): string => `features.${2 * Number(s) - 1}.${b}.block.${at}`;
    return [new RegExp(`stage(\\d)/block(\\d+)/${layer}`), name] as const;
  }),
  [/norm/, 'classifier.0'],
  [/classifier/, 'classifier.2'],
]);

/** ConvNeXt in timm. */
export const convnextTimm: NameTable = layerTable('timm', [
  [/stem\/conv/, 'stem.0'],
  [/stem\/norm/, 'stem.1'],
  [/stage(\d)\/block0\/downsample\/norm/, (s) => `stages.${Number(s) - 1}.downsample.0`],
  [/stage(\d)\/block0\/downsample\/conv/, (s) => `stages.${Number(s) - 1}.downsample.1`],
  [/stage(\d)\/block(\d+)\/scale/, (s, b) => `stages.${Number(s) - 1}.blocks.${b}.gamma!`, vector],
  [/stage(\d)\/block(\d+)\/depthwise/, (s, b) => `stages.${Number(s) - 1}.blocks.${b}.conv_dw`],
  [/stage(\d)\/block(\d+)\/norm/, (s, b) => `stages.${Number(s) - 1}.blocks.${b}.norm`],
  [/stage(\d)\/block(\d+)\/(fc\d)/, (s, b, fc) => `stages.${Number(s) - 1}.blocks.${b}.mlp.${fc}`],
  [/norm/, 'head.norm'],
  [/classifier/, 'head.fc'],
]);

/** Number of a block counted through all stages. */
const counter = (slots: readonly Slot[]): ((stage: string, block: string) => number) => {
  let each = 0;
  while (hasLayer(slots, `stage1/block${each}/qkv`)) each++;
  return (stage, block) => (Number(stage) - 1) * each + Number(block);
};

/** A learned constant, a kernel [1, numbers] here → [1, tokens, width] there; `width` is the class token's. */
const tokensOf = (slots: readonly Slot[]): Place['shape'] => {
  const width = slots.find(({ name }) => name === 'token/kernel')?.shape[1] ?? 1;
  return (usual) => [1, size(usual) / width, width];
};

/** Vision transformers in timm. */
export const vitTimm = (slots: readonly Slot[]): NameTable => {
  const at = counter(slots);
  const tokens = tokensOf(slots);
  return layerTable('timm', [
    [/token/, 'cls_token!', tokens],
    [/position/, 'pos_embed!', tokens],
    [/stem\/conv/, 'patch_embed.proj'],
    [/stage(\d)\/block(\d+)\/(norm\d)/, (s, b, norm) => `blocks.${at(s, b)}.${norm}`],
    [/stage(\d)\/block(\d+)\/(qkv|proj)/, (s, b, layer) => `blocks.${at(s, b)}.attn.${layer}`],
    [/stage(\d)\/block(\d+)\/(fc\d)/, (s, b, fc) => `blocks.${at(s, b)}.mlp.${fc}`],
    [/norm/, 'norm'],
    [/classifier/, 'head'],
  ]);
};

/** Vision transformers in torchvision. */
export const vitTorchvision = (slots: readonly Slot[]): NameTable => {
  const at = counter(slots);
  const tokens = tokensOf(slots);
  const layer = (s: string, b: string): string => `encoder.layers.encoder_layer_${at(s, b)}`;
  return layerTable('torchvision', [
    [/token/, 'class_token!', tokens],
    [/position/, 'encoder.pos_embedding!', tokens],
    [/stem\/conv/, 'conv_proj'],
    [/stage(\d)\/block(\d+)\/norm(\d)/, (s, b, i) => `${layer(s, b)}.ln_${i}`],
    [/stage(\d)\/block(\d+)\/qkv/, (s, b) => `${layer(s, b)}.self_attention.in_proj_{role}`],
    [/stage(\d)\/block(\d+)\/proj/, (s, b) => `${layer(s, b)}.self_attention.out_proj`],
    [/stage(\d)\/block(\d+)\/fc1/, (s, b) => `${layer(s, b)}.mlp.0`],
    [/stage(\d)\/block(\d+)\/fc2/, (s, b) => `${layer(s, b)}.mlp.3`],
    [/norm/, 'encoder.ln'],
    [/classifier/, 'heads.head'],
  ]);
};
