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
export { idx, IdxOptions, idxPlugin } from './idx/idx.ts';
export { images, imagesPlugin } from './images/images.ts';
export { ImagesOptions } from './images/options.ts';
export { parquet, parquetPlugin } from './parquet/parquet.ts';
export { ParquetOptions } from './parquet/options.ts';
export { table, tablePlugin } from './table/table.ts';
export { TableOptions } from './table/options.ts';
export { aircraft, AircraftOptions, aircraftPlugin } from './listed/aircraft/aircraft.ts';
export { cub, CubOptions, cubPlugin } from './listed/cub/cub.ts';
export { dogs, DogsOptions, dogsPlugin } from './listed/dogs/dogs.ts';
export { flowers, FlowersOptions, flowersPlugin } from './listed/flowers/flowers.ts';
export { cars, carsPlugin } from './listed/cars/cars.ts';
export { CarsOptions } from './listed/cars/options.ts';
export { imagenet, imagenetPlugin } from './listed/imagenet/imagenet.ts';
export { ImagenetOptions } from './listed/imagenet/options.ts';
export { readMat } from './mat/readMat.ts';
export type { MatFile, MatValue } from './mat/values.ts';
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
  frameImage,
  readFramedImage,
  readImage,
  readWholeImage,
  type FramedImage,
  type Framing,
  type WholeImage,
} from './image/readImage.ts';
export { loadSharp } from './image/loadSharp.ts';
export { decodeJpegsBy, type JpegDecoder } from './image/jpeg/jpegDecoder.ts';
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
