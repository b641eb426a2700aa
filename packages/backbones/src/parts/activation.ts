import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { connect, type Part } from './connect.ts';
import { relu6Layer } from './relu6.ts';

const standard =
  (activation: 'relu' | 'swish' | 'sigmoid' | 'gelu'): Part =>
  (x, name) =>
    connect(layers.activation({ name, activation }), x);

export const relu = standard('relu');
export { relu6Layer as relu6 };
/** x · sigmoid(x), also called SiLU. */
export const swish = standard('swish');
export const sigmoid = standard('sigmoid');
/** Exact, with the error function. */
export const gelu = standard('gelu');

/** relu6(x + 3) / 6: PyTorch's; Keras's and tfjs's `hardSigmoid` has another slope. */
export const hardSigmoid: Part = (x, name) => {
  const shifted = connect(layers.rescaling({ name: `${name}/shift`, scale: 1, offset: 3 }), x);
  return connect(layers.rescaling({ name, scale: 1 / 6 }), relu6Layer(shifted, `${name}/clip`));
};

/** x · hardSigmoid(x) */
export const hardSwish: Part = (x, name): SymbolicTensor =>
  connect(layers.multiply({ name }), [x, hardSigmoid(x, `${name}/gate`)]);
