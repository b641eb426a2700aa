export {
  resnet,
  resnetPlugins,
  RESNETS,
  ResNetOptions,
  type ResNetArguments,
  type ResNetVariant,
} from './resnet/resnet.ts';
export {
  senet,
  senetPlugins,
  SENETS,
  SENetOptions,
  type SENetArguments,
  type SENetVariant,
} from './senet/senet.ts';
export {
  preactResnet,
  preactResnetPlugins,
  PREACTS,
  PreActOptions,
  type PreActArguments,
  type PreActVariant,
} from './preact/preact.ts';
export { vgg, vggPlugins, VGGS, VggOptions, type VggArguments, type VggVariant } from './vgg/vgg.ts';
export {
  mobilenetV1,
  mobilenetV1Plugins,
  MOBILENETS_V1,
  MobileNetV1Options,
  type MobileNetV1Arguments,
} from './mobilenet/v1.ts';
export {
  mobilenetV2,
  mobilenetV2Plugins,
  MOBILENETS_V2,
  MobileNetV2Options,
  type MobileNetV2Arguments,
} from './mobilenet/v2.ts';
export {
  mobilenetV3,
  mobilenetV3Plugins,
  MOBILENETS_V3,
  MobileNetV3Options,
  type MobileNetV3Arguments,
  type MobileNetV3Variant,
} from './mobilenet/v3.ts';
export {
  shufflenet,
  shufflenetPlugins,
  SHUFFLENETS,
  ShuffleNetOptions,
  type ShuffleNetArguments,
  type ShuffleNetVariant,
} from './shufflenet/shufflenet.ts';
export {
  efficientnet,
  efficientnetPlugins,
  EFFICIENTNETS,
  EfficientNetOptions,
  type EfficientNetArguments,
  type EfficientNetVariant,
} from './efficientnet/efficientnet.ts';
export {
  densenet,
  densenetPlugins,
  DENSENETS,
  DenseNetOptions,
  type DenseNetArguments,
  type DenseNetVariant,
} from './densenet/densenet.ts';
export {
  convnext,
  convnextPlugins,
  CONVNEXTS,
  ConvNeXtOptions,
  type ConvNeXtArguments,
  type ConvNeXtVariant,
} from './convnext/convnext.ts';
export { vit, vitPlugins, VITS, ViTOptions, type ViTArguments, type ViTVariant } from './vit/vit.ts';
export { backbonePlugins } from './plugins.ts';
export {
  describeBackbone,
  type BackboneDescription,
  type PartDescription,
  type TapDescription,
} from './describe/describeBackbone.ts';
export { multiplyAdds, multiplyAddsUpTo } from './describe/multiplyAdds.ts';
export { fromLayersModel, type AdoptOptions } from './adopt/fromLayersModel.ts';
export { drawBackbone, type HeadDrawing } from './describe/drawBackbone.ts';
