import { UnderstoryError } from '@understory/core';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { family, type Arguments, type NamedMap } from '../family.ts';
import { attention } from '../layers/attention.ts';
import { dropout as dropoutOption, patch, shared, STEM_SIZE, stochasticDepth } from '../options.ts';
import { gelu } from '../parts/activation.ts';
import { dense, dropout, layerNormed, residual } from '../parts/basics.ts';
import { channels, connect } from '../parts/connect.ts';
import { conv } from '../parts/conv.ts';
import { transformerRule } from '../rules.ts';
import { classToken, patchMap, tokens } from './tokens.ts';

interface ViTRow {
  /** Blocks in each of four stages. */
  readonly blocks: number;
  readonly heads: number;
  /** Width of one head. */
  readonly head: number;
}

/** Touvron et al. 2021 (DeiT), table 1: 12 blocks, 6 heads of 64. */
export const VITS = { 'vit-s16': { blocks: 3, heads: 6, head: 64 } } as const satisfies Record<
  string,
  ViTRow
>;

/** Side of a patch of each stem, in pixels. */
const PATCH = { imagenet: 16, cifar: 4 };

export type ViTVariant = keyof typeof VITS;
export const ViTOptions = z.strictObject({
  stem: shared.stem,
  width: shared.width.describe('Multiplies the number of heads, each 64 wide'),
  depth: shared.depth.describe('Multiplies the three blocks of each of four stages, rounded up'),
  patch: patch(PATCH),
  stochasticDepth: stochasticDepth(0),
  dropout: dropoutOption(0),
});
export type ViTOptions = z.output<typeof ViTOptions>;
export type ViTArguments = Arguments<ViTVariant, typeof ViTOptions>;

/** Attention, then two dense layers four times as wide between; layer norm in front of each (Dosovitskiy et al. 2021). */
const block = (x: SymbolicTensor, name: string, heads: number, drop: number): SymbolicTensor => {
  const [count, width] = [x.shape[1]!, channels(x)];
  const three = dense(layerNormed(x, `${name}/norm1`), `${name}/qkv`, 3 * width);
  const mixed = connect(attention({ name: `${name}/attention`, heads, tokens: count, width }), three);
  const a = residual(dense(mixed, `${name}/proj`, width), x, `${name}/mix`, drop);
  const wide = gelu(dense(layerNormed(a, `${name}/norm2`), `${name}/fc1`, 4 * width), `${name}/gelu`);
  return residual(dense(wide, `${name}/fc2`, width), a, `${name}/mlp`, drop);
};

const patchOf = ({ stem, patch }: ViTOptions, shape: readonly (number | null)[]): number => {
  const side = patch ?? PATCH[stem];
  if (shape[1]! % side === 0 && shape[2]! % side === 0) return side;
  const what = `Images of ${shape[1]!}×${shape[2]!} pixels do not divide into patches of ${side}.`;
  throw new UnderstoryError('bad-size', `${what} Give a size in multiples of it, or another \`patch\`.`);
};

const vits = family({
  table: VITS,
  options: ViTOptions,
  summary: (variant) => `${variant.replace('vit-s16', 'ViT-S/16')}, a transformer over image patches`,
  when: 'To see what the supervision does for a transformer; wants much data or long training.',
  source: () => 'Dosovitskiy et al., ICLR 2021; the small size of Touvron et al., ICML 2021',
  side: ({ stem }) => STEM_SIZE[stem],
  build: (images, row, options, classes) => {
    const heads = Math.max(1, Math.round(row.heads * options.width));
    const side = patchOf(options, images.shape);
    const window = { filters: heads * row.head, kernel: side, stride: side, padding: 0, bias: true };
    const patches = conv(images, 'stem/conv', window);
    const grid = [patches.shape[1]!, patches.shape[2]!] as const;
    const each = Math.ceil(row.blocks * options.depth);
    let x = tokens(patches, images);
    const maps = Array.from({ length: 4 }, (_, s): NamedMap => {
      for (let b = 0; b < each; b++) {
        const rate = (options.stochasticDepth * (s * each + b)) / Math.max(1, 4 * each - 1);
        x = block(x, `stage${s + 1}/block${b}`, heads, rate);
      }
      if (s === 3) x = layerNormed(x, 'norm');
      return [`stage${s + 1}`, patchMap(x, `stage${s + 1}/map`, grid)];
    });
    const pooled = classToken(x, 'class');
    const logits = dense(dropout(pooled, 'dropout', options.dropout), 'classifier', classes);
    const rule = transformerRule({ 'token/kernel': { normal: 1e-6 } });
    return { maps, pooled, logits, rule };
  },
});

/**
 * A vision transformer (Dosovitskiy et al. 2021). Taps are the patch tokens after each quarter of the blocks, as maps
 * of one resolution; `pooled` is the class token after the last layer norm.
 */
export const vit = vits.make;
/** One plugin a variant. */
export const vitPlugins = vits.plugins;
