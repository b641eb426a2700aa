export { streamNumber, streamTensor, streamValues } from './stream.ts';
export { tinyBackbone, type TinyOptions } from './tinyBackbone.ts';
export {
  buildContextOf,
  classLoss,
  stepContextOf,
  streamOf,
  trainedNetwork,
  type BuildOptions,
  type StepOptions,
} from './contextOf.ts';
export { leakedBy, lengthOf, relativeError, valueAndGradients } from './measure.ts';
export { samplesOf, tinyExperiment, trainSteps, type TrainOptions } from './trainSteps.ts';
export { byteForms } from './byteForms.ts';
export { damaged } from './damaged.ts';
export { memoryStore } from './memoryStore.ts';
