import {
  cast,
  Diag,
  LeakyRelu,
  Round,
  Step,
  tidy,
  engine,
  type NamedAttrMap,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { nativeOp } from '../nativeOp.ts';
import { replaceKernel } from '../register.ts';

/** What a kernel gives for `x` as another type. */
const through = (kernelName: string, x: Tensor, type: 'int32' | 'float32', attrs: NamedAttrMap): Tensor =>
  engine().runKernel<Tensor>(kernelName, { x: cast(x, type) }, attrs);

/**
 * TensorFlow 2.21 rounds whole numbers to zero, and refuses types that tfjs's other backends take: whole numbers in
 * `leakyRelu` and `step`, truth values in `diag`.
 */
export const registerWholeNumbers = (): void => {
  replaceKernel(Round, (inputs, _, old) => {
    const { x } = inputs as { x: Tensor };
    return x.dtype === 'int32' ? nativeOp('Identity', { T: { type: 'int32' } }, [x]) : old();
  });
  replaceKernel(LeakyRelu, (inputs, attrs, old) => {
    const { x } = inputs as { x: Tensor };
    return x.dtype === 'float32' ? old() : tidy(() => through(LeakyRelu, x, 'float32', attrs));
  });
  replaceKernel(Step, (inputs, attrs, old) => {
    const { x } = inputs as { x: Tensor };
    return x.dtype === 'float32' ? old() : tidy(() => cast(through(Step, x, 'float32', attrs), x.dtype));
  });
  replaceKernel(Diag, (inputs, attrs, old) => {
    const { x } = inputs as { x: Tensor };
    return x.dtype === 'bool' ? tidy(() => cast(through(Diag, x, 'int32', attrs), 'bool')) : old();
  });
};
