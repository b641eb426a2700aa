import { CropAndResize, registerGradient, tensor1d } from '@tensorflow/tfjs-core';
import { UnderstoryError } from '@understory/core';
import { nativeOp, onTensorFlow, type Attributes } from './nativeOp.ts';
import { firstOf, named } from './register.ts';

const SAVED = ['image', 'boxes', 'boxInd'] as const;

/** The gradient of `image.cropAndResize` for the image and, with bilinear sampling, for the boxes; tfjs has none. */
export const registerCropAndResize = (): void => {
  registerGradient({
    kernelName: CropAndResize,
    inputsToSave: [...SAVED],
    gradFunc: (dys, saved, { method }) => {
      if (!onTensorFlow()) {
        throw new UnderstoryError(
          'no-gradient',
          "cropAndResize has a gradient on native TensorFlow alone, and tfjs's own backend is active. " +
            'Install the engine (`understory engine install`), or crop with gather and mul.',
        );
      }
      const dy = firstOf(dys);
      const { image, boxes, boxInd } = named(CropAndResize, SAVED, saved);
      const sizes = tensor1d(image.shape, 'int32');
      const options: Attributes = { T: { type: image.dtype }, method: { text: method as string } };
      return {
        image: () => nativeOp('CropAndResizeGradImage', options, [dy, boxes, boxInd, sizes]),
        boxes: () => nativeOp('CropAndResizeGradBoxes', options, [dy, image, boxes, boxInd]),
      };
    },
  });
};
