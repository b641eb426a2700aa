import type { Spec } from '@understory/core';

const WEIGHTS = ['float32', 'float16', 'int8'] as const;

/** Every export format, with each way to lay out what it holds. */
export const LAYOUTS: readonly Spec[] = [
  'onnx',
  ['onnx', { layout: 'nchw' }],
  'saved-model',
  ['tfjs', { kind: 'layers' }],
  ['tfjs', { kind: 'graph' }],
  'safetensors',
];

/** Every format that runs, with each way to keep weights. */
export const ROUNDED: readonly Spec[] = [
  ...WEIGHTS.map((weights): Spec => ['onnx', { weights }]),
  ['onnx', { layout: 'nchw' }],
  ...WEIGHTS.map((weights): Spec => ['saved-model', { weights }]),
  ...WEIGHTS.map((weights): Spec => ['tfjs', { weights, kind: 'layers' }]),
  ['tfjs', { kind: 'graph' }],
];

/** Files whose activations are in 8 bits too, by images. */
export const CALIBRATED = ['mse', 'percentile', 'extremes'].map((ranges): Spec => [
  'onnx',
  { weights: 'int8', ranges },
]);

/** A format in a word, which names a folder too: `tfjs-graph`. */
export const formatText = (format: Spec): string => {
  const [name, options = {}] = typeof format === 'string' ? [format] : format;
  return [name, ...Object.values(options)].join('-');
};
