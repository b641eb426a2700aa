import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { connect, type Part } from './connect.ts';
import { ownActivation } from './ownActivation.ts';

const standard =
  (activation: 'relu' | 'swish' | 'sigmoid'): Part =>
  (x, name) =>
    connect(layers.activation({ name, activation }), x);

export const relu = standard('relu');
/** min(max(x, 0), 6) */
export const relu6 = ownActivation('relu6');
/** x · sigmoid(x), also called SiLU. */
export const swish = standard('swish');
export const sigmoid = standard('sigmoid');
/** Exact, with the error function. */
export const gelu = ownActivation('gelu');

/** relu6(x + 3) / 6: PyTorch's; Keras's and tfjs's `hardSigmoid` has another slope. */
export const hardSigmoid: Part = (x, name) => {
  const shifted = connect(layers.rescaling({ name: `${name}/shift`, scale: 1, offset: 3 }), x);
  return connect(layers.rescaling({ name, scale: 1 / 6 }), relu6(shifted, `${name}/clip`));
};

/** x · hardSigmoid(x) */
export const hardSwish: Part = (x, name): SymbolicTensor =>
  connect(layers.multiply({ name }), [x, hardSigmoid(x, `${name}/gate`)]);
