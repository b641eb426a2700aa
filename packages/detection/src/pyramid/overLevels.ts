import { applyLayer } from '@understory/core';
import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { MapRows } from '../layers/mapRows.ts';
import type { Level } from './levels.ts';

/** Layers that are applied one after the other, the same for every level. */
export type Chain = readonly layers.Layer[];

/** A convolution with a bias that keeps the map's size, for a head that all levels share. */
export const shared = (name: string, filters: number, kernel: number): layers.Layer =>
  layers.conv2d({ name, filters, kernelSize: kernel, padding: 'same', kernelInitializer: 'zeros' });

/** 3×3 convolutions with ReLU: `<name>0`, `<name>1`, … */
export const tower = (name: string, width: number, depth: number): Chain =>
  Array.from({ length: depth }, (_, i) => [
    shared(`${name}${i}`, width, 3),
    layers.reLU({ name: `${name}${i}/relu` }),
  ]).flat();

export const through = (chain: Chain, x: SymbolicTensor): SymbolicTensor =>
  chain.reduce((y, layer) => applyLayer(layer, y), x);

/** A map [h, w, anchors · numbers] of each level as rows [h · w · anchors, numbers], all levels one below the other. */
export const rowsOfLevels = (
  maps: readonly SymbolicTensor[],
  name: string,
  numbers: number,
): SymbolicTensor => {
  const rows = maps.map((map, i) => applyLayer(new MapRows(`${name}/rows${i}`, numbers), map));
  const [only, ...others] = rows;
  return only && others.length === 0
    ? only
    : applyLayer(layers.concatenate({ name: `${name}/rows`, axis: 1 }), rows);
};

/** The maps of levels. */
export const mapsOf = (levels: readonly Level[]): SymbolicTensor[] => levels.map(({ map }) => map);
