import { fanOutRule } from '@understory/core';
import { z } from 'zod';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { family, type Arguments } from '../family.ts';
import { form, shared, STEM_SIZE, stochasticDepth } from '../options.ts';
import { relu } from '../parts/activation.ts';
import { dense, globalPool, norm, residual } from '../parts/basics.ts';
import { channels } from '../parts/connect.ts';
import { conv } from '../parts/conv.ts';
import { squeezeExcite } from '../parts/squeezeExcite.ts';
import { shortcut } from '../resnet/blocks.ts';
import { resnetStem } from '../resnet/stem.ts';
import { torchDefaultRule } from '../rules.ts';
import { chain, extension, scaled, type Block, type BlockSpec } from '../stages.ts';
import { RESNETS } from '../resnet/resnet.ts';

type Branch = (x: SymbolicTensor, name: string, spec: BlockSpec, bias: boolean) => SymbolicTensor;

const basic: Branch = (x, name, { planes, stride }, bias) => {
  const a = norm(conv(x, `${name}/conv1`, { filters: planes, kernel: 3, stride, bias }), `${name}/norm1`);
  const b = conv(relu(a, `${name}/relu1`), `${name}/conv2`, { filters: planes, kernel: 3, bias });
  return norm(b, `${name}/norm2`);
};

const bottleneck: Branch = (x, name, { planes, stride }, bias) => {
  const a = norm(conv(x, `${name}/conv1`, { filters: planes, kernel: 1, bias }), `${name}/norm1`);
  const b = conv(relu(a, `${name}/relu1`), `${name}/conv2`, { filters: planes, kernel: 3, stride, bias });
  const c = relu(norm(b, `${name}/norm2`), `${name}/relu2`);
  return norm(conv(c, `${name}/conv3`, { filters: 4 * planes, kernel: 1, bias }), `${name}/norm3`);
};

/** A residual branch, gated by its channels' means; the zoo's form has a ReLU before the gate, and biases. */
const gated =
  (branch: Branch, zoo: boolean): Block =>
  (x, name, spec) => {
    const y = branch(x, name, spec, zoo);
    const filters = channels(y);
    const open = zoo ? relu(y, `${name}/relu-gate`) : y;
    const gate = squeezeExcite(open, `${name}/se`, {
      squeeze: Math.max(1, Math.floor(filters / 16)),
      kind: 'dense',
    });
    const around = shortcut(x, name, { filters, stride: spec.stride, bias: zoo });
    return relu(residual(gate, around, name, spec.drop), `${name}/relu`);
  };

/** Hu et al. 2018: the stages of the ResNet with the same number. */
export const SENETS = {
  senet18: { branch: basic, stages: RESNETS.resnet18.stages },
  senet34: { branch: basic, stages: RESNETS.resnet34.stages },
  senet50: { branch: bottleneck, stages: RESNETS.resnet50.stages },
  senet101: { branch: bottleneck, stages: RESNETS.resnet101.stages },
  senet152: { branch: bottleneck, stages: RESNETS.resnet152.stages },
} as const;

export type SENetVariant = keyof typeof SENETS;
export const SENetOptions = z.strictObject({ ...shared, form, stochasticDepth: stochasticDepth(0) });
export type SENetOptions = z.output<typeof SENetOptions>;
export type SENetArguments = Arguments<SENetVariant, typeof SENetOptions>;

const senets = family({
  table: SENETS,
  options: SENetOptions,
  summary: (variant) =>
    `${variant.replace('senet', 'SE-ResNet-')}, a residual network with squeeze-and-excitation`,
  when: 'A ResNet with a little more accuracy for few more weights.',
  source: () => 'Hu et al., CVPR 2018',
  side: ({ stem }) => STEM_SIZE[stem],
  build: (images, { branch, stages }, options, classes) => {
    const zoo = options.form === 'zoo';
    const specs = scaled(stages, options);
    const block = gated(branch, zoo);
    const x = resnetStem(images, { stem: options.stem, filters: specs[0]!.planes, bias: zoo });
    const maps = chain(x, specs, block, { drop: options.stochasticDepth });
    const pooled = globalPool(maps.at(-1)![1], 'pool');
    const rule = zoo ? torchDefaultRule : fanOutRule;
    return {
      maps,
      pooled,
      logits: dense(pooled, 'classifier', classes),
      rule,
      stages: specs,
      extend: extension(block),
    };
  },
});

/** A ResNet with squeeze-and-excitation (Hu et al. 2018) whose stages are outputs of its model. */
export const senet = senets.make;
/** One plugin a variant. */
export const senetPlugins = senets.plugins;
