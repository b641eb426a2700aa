import { readFileSync } from 'node:fs';
import { tensor, tensor4d, tidy, transpose, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { resnet } from '@understory/backbones';
import {
  BOXES,
  boxesSpec,
  buildInference,
  float32,
  seedOf,
  type BackboneFactory,
  type NdArrays,
  type Network,
  type Task,
} from '@understory/core';
import { streamValues } from '@understory/core/testing';
import { fasterRcnn, retinanet } from '@understory/detection';

type Row = readonly [name: string, shape: readonly number[], times: number, plus: number];

/** A whole detector of other code: `testdata/detectors.py`. */
export interface DetectorCase {
  readonly task: 'retinanet' | 'faster-rcnn';
  readonly size: readonly [number, number];
  /** How many anchors and regions of an image learn. */
  readonly drawn: { readonly anchors: number; readonly regions: number };
  readonly tensors: readonly Row[];
  /** Of each image: top, left, bottom, right, class. */
  readonly boxes: readonly (readonly (readonly number[])[])[];
  readonly losses: Readonly<Record<string, number>>;
  /** Length of a weight's gradient, and what it has in common with two vectors. */
  readonly gradients: Readonly<Record<string, readonly number[]>>;
  /** Of each image: top, left, bottom, right, class, score. */
  readonly detections: readonly (readonly (readonly number[])[])[];
}

export const detectorCases = JSON.parse(
  readFileSync(new URL('../../testdata/detectors.json', import.meta.url), 'utf8'),
) as readonly DetectorCase[];

export const CLASSES = 3;
const WIDTH = 16;

/** The file that a case's network would be saved as. */
export const detectorFile = ({ tensors }: DetectorCase): NdArrays =>
  Object.fromEntries(
    tensors.map(([name, shape, times, plus], i) => {
      const values = streamValues(shape, 100 + i).map((v) => Math.fround(v) * times + plus);
      return [name, float32(values, shape)];
    }),
  );

/** The backbone of every case, its weights all zero. */
export const narrowBackbone: BackboneFactory = ({ classes, size }) =>
  resnet({
    ...{ variant: 'resnet18', stem: 'imagenet', width: 0.25, depth: 0.01 },
    ...{ classes, size, blank: true },
  });

/** A case's task; most boxes as there. */
export const taskOf = ({ task }: Pick<DetectorCase, 'task'>): Task =>
  task === 'retinanet'
    ? retinanet({ variant: 'torchvision', width: WIDTH, most: 40 })
    : fasterRcnn({ variant: 'torchvision', width: WIDTH, hidden: 24, most: 40 });

/** The same network here. */
export const detectorOf = (given: DetectorCase, task: Task): Pick<Network, 'backbone' | 'head'> =>
  buildInference(narrowBackbone, task, { classes: CLASSES, size: given.size, seed: seedOf(0) });

/** Normalised images [2, H, W, 3]. */
export const imagesOf = ({ size, boxes }: DetectorCase): Tensor4D =>
  tidy(() => {
    const shape: [number, number, number, number] = [boxes.length, 3, ...size];
    return transpose(tensor4d(streamValues(shape, 1), shape), [0, 2, 3, 1]);
  });

/** Rows of each image's boxes as a target; the last ones are none. */
export const trueRows = ({ boxes }: DetectorCase, most: number): Tensor => {
  const rows = boxes.flatMap((of) =>
    Array.from({ length: most }, (_, i) => {
      const box = of[i];
      return box ? [...box, 0, 1] : [0, 0, 0, 0, 0, 0, 0];
    }),
  );
  return tensor(rows.flat(), [boxes.length, most, 7]);
};

export const targetsOf = (most: number) => ({ [BOXES]: boxesSpec(most) });
