import {
  applyLayer,
  BOXES,
  DETECTIONS,
  type NdArray,
  type Named,
  type PredictedBox,
  type Task,
} from '@understory/core';
import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';

/** Name of the output that holds a detector's boxes. */
const TOLD = 'boxes';

/** A detector's boxes under the name by which metrics and predictions know them: [K, 6]. */
const toldBoxes = (outputs: Named<SymbolicTensor>): Named<SymbolicTensor> => {
  const boxes = outputs[TOLD];
  return boxes
    ? { [DETECTIONS]: applyLayer(layers.activation({ name: DETECTIONS, activation: 'linear' }), boxes) }
    : {};
};

const COLUMNS = 6;

/** The boxes of one image, [K, 6]; rows of probability 0 are none. */
const readDetections = (detections: NdArray | undefined, classes: readonly string[]): PredictedBox[] => {
  const data = detections?.data ?? [];
  return Array.from({ length: data.length / COLUMNS }, (_, row) => {
    const [top = 0, left = 0, bottom = 0, right = 0, label = 0, probability = 0] = Array.from(
      { length: COLUMNS },
      (_column, c) => data[row * COLUMNS + c] ?? 0,
    );
    return {
      box: [top, left, bottom, right] as const,
      class: classes[label] ?? `class ${label}`,
      probability,
    };
  }).filter(({ probability }) => probability !== 0);
};

/** What makes a detector: its outputs, the objective that trains them, and what that alone looks at. */
export interface Detector extends Required<Pick<Task, 'name' | 'inner' | 'rule' | 'outputs'>> {
  /** Name of its objective. */
  readonly loss: string;
}

/** The task of a detector, whose outputs hold the `boxes` that it tells: what all of them share. */
export const detector = ({ loss, ...own }: Detector): Task => ({
  ...own,
  objectives: [loss],
  metrics: ['coco-ap'],
  targets: { [BOXES]: 'boxes' },
  activate: toldBoxes,
  decode: (outputs, { classes }) => ({ kind: 'boxes', boxes: readDetections(outputs[DETECTIONS], classes) }),
});
