import { uint8, type NdArrays, type Samples } from '@understory/core';
import {
  encodedFiles,
  imageReader,
  pathOf,
  pictureReader,
  type ImageRef,
  type ImageSamplesOptions,
} from '../image/imageSamples.ts';
import { checkPosition } from '../samples/samples.ts';

/** Name of the target that holds which labels an image has. */
const LABELS = 'labels';

/** Images with any number of labels each: the target `labels` [classes], 0 or 1; `labelsAt` gives those of a position. */
export const labelSamples = (
  refs: readonly ImageRef[],
  classes: number,
  labelsAt: (position: number) => readonly number[],
  options: ImageSamplesOptions,
): Samples => ({
  length: refs.length,
  size: options.size,
  targets: { [LABELS]: { kind: 'labels', dtype: 'uint8', shape: [classes] } },
  // eslint-disable-next-line @typescript-eslint/require-await -- turns a bad position into a rejection
  readTargets: async (positions): Promise<NdArrays> => {
    const data = new Uint8Array(positions.length * classes);
    for (let i = 0; i < positions.length; i++) {
      const position = positions[i]!;
      checkPosition(position, refs.length);
      for (const label of labelsAt(position)) data[i * classes + label] = 1;
    }
    return { [LABELS]: uint8(data, [positions.length, classes]) };
  },
  read: imageReader(encodedFiles(refs), options, () => options),
  readPicture: pictureReader(encodedFiles(refs), () => options),
  file: (position) => encodedFiles(refs).read(position),
  describe: (position) => pathOf(refs[position]!),
});
