import { scalar, tensor1d, tidy, Transform } from '@tensorflow/tfjs-core';
import { nativeOp } from '../nativeOp.ts';
import { nativeKernel } from '../register.ts';

/** `image.transform`: images [B, H, W, C] through projective transforms [B or 1, 8]. */
export const registerTransform = (): void => {
  nativeKernel(Transform, ['image', 'transforms'], ({ image, transforms }, attrs) => {
    const { interpolation, fillMode, fillValue, outputShape } = attrs as unknown as {
      interpolation: string;
      fillMode: string;
      fillValue: number;
      outputShape?: number[] | null;
    };
    const [, height = 0, width = 0] = image.shape;
    const options = {
      dtype: { type: image.dtype },
      interpolation: { text: interpolation.toUpperCase() },
      fill_mode: { text: fillMode.toUpperCase() },
    } as const;
    return tidy(() => {
      const size = tensor1d(outputShape ?? [height, width], 'int32');
      return nativeOp('ImageProjectiveTransformV3', options, [image, transforms, size, scalar(fillValue)]);
    });
  });
};
