import { registerCounting } from './counting.ts';
import { registerEinsum } from './einsum.ts';
import { registerMultinomial } from './multinomial.ts';
import { registerRagged } from './ragged.ts';
import { registerScatter } from './scatter.ts';
import { registerSparse } from './sparse.ts';
import { registerStrings } from './strings.ts';
import { registerTransform } from './transform.ts';
import { registerWholeNumbers } from './wholeNumbers.ts';

/** Kernels that tfjs's native backend lacks, and inputs that those it has refuse or get wrong, while tfjs's other backends take them. */
export const registerMissing = (): void => {
  registerWholeNumbers();
  registerCounting();
  registerScatter();
  registerEinsum();
  registerMultinomial();
  registerTransform();
  registerStrings();
  registerSparse();
  registerRagged();
};
