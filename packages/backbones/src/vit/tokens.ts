import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { add, reshape } from '../parts/basics.ts';
import { channels, connect } from '../parts/connect.ts';

/** A number 1 for each image [B, 1]: what makes a layer without inputs, a learned constant, out of a dense one. */
const one = (images: SymbolicTensor): SymbolicTensor => {
  const [, h, w, c] = images.shape as [null, number, number, number];
  const cropping: [[number, number], [number, number]] = [[0, h - 1], [0, w - 1]]; // prettier-ignore
  const pixel = reshape(connect(layers.cropping2D({ name: 'one/pixel', cropping }), images), 'one/channels', [
    c,
    1,
  ]);
  const value = connect(layers.globalAveragePooling1d({ name: 'one/mean' }), pixel);
  return connect(layers.rescaling({ name: 'one', scale: 0, offset: 1 }), value);
};

/** A learned constant of some shape, its kernel [1, numbers]. */
const learned = (from: SymbolicTensor, name: string, shape: [number, number]): SymbolicTensor => {
  const units = shape[0] * shape[1];
  const layer = layers.dense({ name, units, useBias: false, kernelInitializer: 'zeros' });
  return reshape(connect(layer, from), `${name}/rows`, shape);
};

/** Patches [B, h, w, C] → [B, 1 + h·w, C]: a class token in front, learned positions added. */
export const tokens = (patches: SymbolicTensor, images: SymbolicTensor): SymbolicTensor => {
  const [, h, w] = patches.shape as [null, number, number];
  const width = channels(patches);
  const constant = one(images);
  const rows = reshape(patches, 'patches', [h * w, width]);
  const token = learned(constant, 'token', [1, width]);
  const all = connect(layers.concatenate({ name: 'tokens', axis: 1 }), [token, rows]);
  return add('positions', all, learned(constant, 'position', [1 + h * w, width]));
};

/** Tokens from..to of each image, [B, N, C] → [B, to − from, 1, C]. */
const range = (x: SymbolicTensor, name: string, from: number, to: number): SymbolicTensor => {
  const [, count, width] = x.shape as [null, number, number];
  const cropping: [[number, number], [number, number]] = [[from, count - to], [0, 0]]; // prettier-ignore
  return connect(layers.cropping2D({ name, cropping }), reshape(x, `${name}/column`, [count, 1, width]));
};

/** The class token's features [B, C]. */
export const classToken = (x: SymbolicTensor, name: string): SymbolicTensor =>
  reshape(range(x, `${name}/token`, 0, 1), name, [channels(x)]);

/** All other tokens as a map [B, h, w, C]. */
export const patchMap = (
  x: SymbolicTensor,
  name: string,
  [h, w]: readonly [number, number],
): SymbolicTensor => reshape(range(x, `${name}/patches`, 1, x.shape[1]!), name, [h, w, channels(x)]);
