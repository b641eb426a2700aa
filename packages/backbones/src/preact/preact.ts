import { fanOutRule } from '@understory/core';
import { z } from 'zod';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { family, type Arguments } from '../family.ts';
import { form, shared, STEM_SIZE, stochasticDepth, type Stem } from '../options.ts';
import { relu } from '../parts/activation.ts';
import { dense, globalPool, norm, residual } from '../parts/basics.ts';
import { channels } from '../parts/connect.ts';
import { conv, type ConvOptions } from '../parts/conv.ts';
import { RESNETS } from '../resnet/resnet.ts';
import { resnetStem } from '../resnet/stem.ts';
import { torchDefaultRule } from '../rules.ts';
import { chain, extension, scaled, type Block, type BlockSpec } from '../stages.ts';

/** Convolutions of a residual branch; in front of each stand batch norm and ReLU. */
type Branch = (spec: BlockSpec, zoo: boolean) => readonly ConvOptions[];

const basic: Branch = ({ planes: filters, stride }) => [
  { filters, kernel: 3, stride },
  { filters, kernel: 3 },
];

/** The zoo's has its stride in the first 1×1, the canonical one in the 3×3 like ResNet's. */
const bottleneck: Branch = ({ planes: filters, stride }, zoo) => [
  { filters, kernel: 1, stride: zoo ? stride : 1 },
  { filters, kernel: 3, stride: zoo ? 1 : stride },
  { filters: 4 * filters, kernel: 1 },
];

/** Batch norm, ReLU, convolution, again and again; nothing after the addition. */
const preactivated =
  (branch: Branch, zoo: boolean): Block =>
  (x, name, spec) => {
    const convolutions = branch(spec, zoo);
    const filters = convolutions.at(-1)!.filters;
    const before = (y: SymbolicTensor, i: number): SymbolicTensor =>
      relu(norm(y, `${name}/norm${i}`), `${name}/relu${i}`);
    const first = before(x, 1);
    const branched = convolutions.reduce(
      (y, options, i) =>
        conv(i === 0 ? first : before(y, i + 1), `${name}/conv${i + 1}`, { ...options, bias: zoo }),
      x,
    );
    const same = spec.stride === 1 && channels(x) === filters;
    const change = { filters, kernel: 1, stride: spec.stride, bias: zoo };
    const around = same ? x : conv(zoo ? x : first, `${name}/shortcut/conv`, change);
    return residual(branched, around, name, spec.drop);
  };

/** He et al. 2016b: the stages of the ResNet with the same number. */
export const PREACTS = {
  preactresnet18: { branch: basic, stages: RESNETS.resnet18.stages },
  preactresnet34: { branch: basic, stages: RESNETS.resnet34.stages },
  preactresnet50: { branch: bottleneck, stages: RESNETS.resnet50.stages },
  preactresnet101: { branch: bottleneck, stages: RESNETS.resnet101.stages },
  preactresnet152: { branch: bottleneck, stages: RESNETS.resnet152.stages },
} as const;

export type PreActVariant = keyof typeof PREACTS;
export const PreActOptions = z.strictObject({ ...shared, form, stochasticDepth: stochasticDepth(0) });
export type PreActOptions = z.output<typeof PreActOptions>;
export type PreActArguments = Arguments<PreActVariant, typeof PreActOptions>;

/** The canonical CIFAR stem is a bare convolution; in front of a max-pool it keeps batch norm and ReLU. */
const stemOf = (images: SymbolicTensor, stem: Stem, filters: number, zoo: boolean): SymbolicTensor =>
  zoo || stem === 'imagenet'
    ? resnetStem(images, { stem, filters, bias: zoo })
    : conv(images, 'stem/conv', { filters, kernel: 3 });

const preacts = family({
  table: PREACTS,
  options: PreActOptions,
  summary: (variant) =>
    `${variant.replace('preactresnet', 'PreAct ResNet-')}, batch norm and ReLU before convolutions`,
  when: 'Very deep residual networks on CIFAR, and the tables of CDS that name it.',
  source: () => 'He et al., ECCV 2016 (identity mappings)',
  side: ({ stem }) => STEM_SIZE[stem],
  build: (images, { branch, stages }, options, classes) => {
    const zoo = options.form === 'zoo';
    const specs = scaled(stages, options);
    const block = preactivated(branch, zoo);
    const stem = stemOf(images, options.stem, specs[0]!.planes, zoo);
    const maps = chain(stem, specs, block, { drop: options.stochasticDepth });
    const [lastName, last] = maps.at(-1)!;
    const end = zoo ? last : relu(norm(last, 'end/norm'), 'end/relu');
    const pooled = globalPool(end, 'pool');
    const logits = dense(pooled, 'classifier', classes);
    const rule = zoo ? torchDefaultRule : fanOutRule;
    const taps = [...maps.slice(0, -1), [lastName, end] as const];
    return { maps: taps, pooled, logits, rule, stages: specs, extend: extension(block) };
  },
});

/** A pre-activation residual network (He et al. 2016b); its stages' maps are sums that no ReLU followed. */
export const preactResnet = preacts.make;
/** One plugin a variant. */
export const preactResnetPlugins = preacts.plugins;
