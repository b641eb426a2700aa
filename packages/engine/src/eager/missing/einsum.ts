import { Einsum } from '@tensorflow/tfjs-core';
import { UnderstoryError } from '@understory/core';
import { replaceKernel } from '../register.ts';

/** TensorFlow makes up a dimension of size 1 for a letter that only the output has; everybody else refuses it. */
export const registerEinsum = (): void => {
  replaceKernel(Einsum, (_, attrs, old) => {
    const equation = (attrs.equation as string).replaceAll(' ', '');
    const [inputs = '', output = ''] = equation.split('->');
    const unknown = Array.from(output).find((letter) => !inputs.includes(letter));
    if (unknown === undefined) return old();
    throw new UnderstoryError(
      'invalid-value',
      `Output subscripts contain the label ${unknown} not present in the input subscripts.`,
    );
  });
};
