export { exportModel } from './exportModel.ts';
export { exportFormatPlugins, tfjsFormat, tfjsFormatPlugin } from './tfjsFormat.ts';
export { safetensorsFormat, safetensorsFormatPlugin } from './safetensorsFormat.ts';
export { readWeights } from './readWeights.ts';
export { writeWeights } from './writeWeights.ts';
export { inspectWeights, type TensorSummary, type WeightsSummary } from './inspectWeights.ts';
export { convertWeights, type ConvertOptions } from './convertWeights.ts';
export { readLayersModel } from './readLayersModel.ts';
