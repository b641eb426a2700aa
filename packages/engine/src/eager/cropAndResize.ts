import { CropAndResize, registerGradient, tensor1d, type Tensor } from '@tensorflow/tfjs-core';
import { UnderstoryError } from '@understory/core';
import { nativeOp, onTensorFlow, type Attributes } from './nativeOp.ts';

/** The gradient of `image.cropAndResize` for the image and, with bilinear sampling, for the boxes; tfjs has none. */
export const registerCropAndResize = (): void => {
  registerGradient({
    kernelName: CropAndResize,
    inputsToSave: ['image', 'boxes', 'boxInd'],
    gradFunc: (dys, [image, boxes, boxInd], { method }) => {
      if (!onTensorFlow()) {
        throw new UnderstoryError(
          'no-gradient',
          "cropAndResize has a gradient on native TensorFlow alone, and tfjs's own backend is active. " +
            'Install the engine (`understory engine install`), or crop with gather and mul.',
        );
      }
      const dy = dys as Tensor;
      const sizes = tensor1d(image!.shape, 'int32');
      const options: Attributes = { T: { type: image!.dtype }, method: { text: method as string } };
      return {
        image: () => nativeOp('CropAndResizeGradImage', options, [dy, boxes!, boxInd!, sizes]),
        boxes: () => nativeOp('CropAndResizeGradBoxes', options, [dy, image!, boxes!, boxInd!]),
      };
    },
  });
};
