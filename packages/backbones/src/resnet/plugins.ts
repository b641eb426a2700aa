import { BACKBONE, plugin } from '@understory/core';
import { RESNETS, resnetFactory, ResNetOptions, type ResNetVariant } from './resnet.ts';

const title = (variant: ResNetVariant): string => variant.replace('resnet', 'ResNet-');

/** One plugin a variant: `resnet18` … `resnet152`. */
export const resnetPlugins = (Object.keys(RESNETS) as ResNetVariant[]).map((variant) =>
  plugin({
    token: BACKBONE,
    name: variant,
    summary: `${title(variant)} (He et al. 2016), stem for CIFAR or ImageNet`,
    options: ResNetOptions,
    create: (options) => resnetFactory(variant, options),
  }),
);
