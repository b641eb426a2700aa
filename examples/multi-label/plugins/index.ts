export { drawingsPlugin } from './drawings.ts';
export { multiLabelPlugin } from './task.ts';
export { binaryCrossEntropyPlugin } from './binaryCrossEntropy.ts';
export { f1Plugin } from './f1.ts';
export { meanAveragePrecisionPlugin } from './meanAveragePrecision.ts';
export { labelSectionPlugin } from './labelSection.ts';
