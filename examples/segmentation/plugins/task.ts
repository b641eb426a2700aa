import { activation, plugin, TASK, type Task, type TaskFeatures, type TaskRequest } from '@understory/core';
import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { likeliest } from './likeliest.ts';

/** The target that this folder's plugins share: a class for each pixel. */
export const MASK = 'mask';

const SegmentationOptions = z.strictObject({
  width: z.int().positive().default(16).describe('channels in which the maps of all stages are added up'),
});

/** Enlarges a map by whole steps and cuts off what is too much, so that any size is met. */
const enlarge = (map: SymbolicTensor, [height, width]: readonly [number, number], name: string) => {
  const [, h, w] = map.shape as [null, number, number, number];
  if (h === height && w === width) return map;
  const [up, over] = [Math.ceil(height / h), Math.ceil(width / w)];
  const large = layers.upSampling2d({ name: `${name}_large`, size: [up, over] }).apply(map) as SymbolicTensor;
  if (up * h === height && over * w === width) return large;
  const cropping: [[number, number], [number, number]] = [
    [0, up * h - height],
    [0, over * w - width],
  ];
  return layers.cropping2D({ name: `${name}_cut`, cropping }).apply(large) as SymbolicTensor;
};

/** The maps of all taps, each by a 1×1 convolution, enlarged to the finest and added up; then a 3×3 convolution. */
const head = ({ taps }: TaskFeatures, { classes, size }: TaskRequest, width: number): SymbolicTensor => {
  const all = Object.entries(taps);
  const [, h, w] = all[0]![1].shape as [null, number, number, number];
  const lateral = all.map(([name, tap]) => {
    const own = layers.conv2d({ name: `lateral_${name}`, filters: width, kernelSize: 1 }).apply(tap);
    return enlarge(own as SymbolicTensor, [h, w], name);
  });
  const sum = lateral.length > 1 ? layers.add({ name: 'sum' }).apply(lateral) : lateral[0]!;
  const seen = layers.reLU({ name: 'seen' }).apply(sum);
  const scores = layers
    .conv2d({ name: 'scores', filters: classes, kernelSize: 3, padding: 'same' })
    .apply(seen);
  return enlarge(scores as SymbolicTensor, size, 'scores');
};

/** A class for each pixel: `logits` [B, H, W, C] from the maps of all stages, softmax over classes. */
export const segmentation = ({ width }: z.output<typeof SegmentationOptions>): Task => ({
  name: 'segmentation',
  objectives: ['pixel-cross-entropy', 'contrastive-deep-supervision'],
  metrics: ['mean-iou'],
  targets: { [MASK]: 'map' },
  outputs: (features, request) => ({ logits: head(features, request, width) }),
  activate: ({ logits }) => ({ probabilities: activation('probabilities', 'softmax', logits!) }),
  decode: ({ probabilities }, { classes, size }) => ({
    kind: 'map',
    size,
    classes,
    map: likeliest(probabilities!.data, classes.length),
  }),
});

export const segmentationPlugin = plugin({
  token: TASK,
  name: 'segmentation',
  summary: 'A class for each pixel, from the maps of all stages',
  options: SegmentationOptions,
  create: segmentation,
});
