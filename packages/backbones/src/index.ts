export { resnet, RESNETS, ResNetOptions, type ResNetArguments, type ResNetVariant } from './resnet/resnet.ts';
export { resnetPlugins } from './resnet/plugins.ts';
