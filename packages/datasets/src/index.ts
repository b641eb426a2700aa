export { datasetPlugins, samplerPlugins } from './plugins.ts';
export { classBalanced, classBalancedPlugin, ClassBalancedOptions } from './samplers/classBalanced.ts';
export { shardShuffled, shardShuffledPlugin, ShardShuffledOptions } from './samplers/shardShuffled.ts';
export { shuffled, shuffledPlugin, ShuffledOptions } from './samplers/shuffled.ts';
export {
  cifar10,
  Cifar10Options,
  cifar10Plugin,
  cifar100,
  Cifar100Options,
  cifar100Plugin,
} from './cifar/cifar.ts';
export { coco, cocoPlugin } from './boxes/coco/coco.ts';
export { CocoOptions } from './boxes/coco/options.ts';
export { yolo, yoloPlugin } from './boxes/yolo/yolo.ts';
export { YoloOptions } from './boxes/yolo/options.ts';
export { voc, vocPlugin } from './boxes/voc/voc.ts';
export { VocOptions } from './boxes/voc/options.ts';
export { images, imagesPlugin } from './images/images.ts';
export { ImagesOptions } from './images/options.ts';
export { shards, shardsPlugin } from './shards/shards.ts';
export { ShardsOptions } from './shards/options.ts';
export { packShards, type PackOptions } from './shards/packShards.ts';
export { type Manifest, type ManifestSplit } from './shards/manifest.ts';
export { NORMALIZATIONS } from './normalization.ts';
export { balancedSubset, inMemory, rawSamples, subset, type RawImages } from './samples/samples.ts';
export { balancedPositions, heldByHash, holdOut, type Amount, type HeldOut } from './splits/splits.ts';
export {
  limited,
  LimitOption,
  takenOrigin,
  ValidationOption,
  type LimitContext,
  type Splits,
} from './splits/limits.ts';
export {
  readFramedImage,
  readImage,
  readWholeImage,
  type FramedImage,
  type Framing,
  type WholeImage,
} from './image/readImage.ts';
export { classBalance, totalVariation, type ClassBalance } from './checks/balance.ts';
export { channelCounter, type ChannelStats } from './checks/channels.ts';
export { correlation, greyCells, mirroredCells, type GreyCells } from './checks/greyCells.ts';
export { labelOrder, type LabelOrder } from './checks/labelOrder.ts';
export {
  hashTable,
  NEAR,
  nearPairs,
  type Candidate,
  type HashTable,
  type NearPairs,
} from './checks/nearPairs.ts';
export {
  correlationCells,
  dHash,
  hashText,
  pHash,
  pictureHashes,
  type Hash,
  type PictureHashes,
} from './checks/perceptualHash.ts';
export { OFFICIAL, officialDataset, officialOfPlugin } from './official/official.ts';
export { isPrepared, prepareFile, type PrepareOptions } from './official/prepareFile.ts';
export type {
  Counts,
  Digest,
  OfficialDataset,
  OfficialFile,
  Preparation,
} from './official/officialDataset.ts';
