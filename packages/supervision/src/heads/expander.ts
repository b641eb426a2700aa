import { batchNorm, HEAD, initialize, plugin, type HeadFactory } from '@understory/core';
import { input, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { z } from 'zod';

const times = (value: number, what: string) =>
  z.number().positive().default(value).describe(`width of ${what}, times that of what comes in`);

export const ExpanderOptions = z.strictObject({
  hidden: times(2, 'the hidden layer'),
  out: times(2, 'the vector'),
});
export type ExpanderOptions = z.input<typeof ExpanderOptions>;

/**
 * Average pooling, dense (without bias), batch norm, ReLU, dense: a map [B, h, w, c] → [B, out · c], widths in proportion to
 * what comes in and rounded. On embeddings [B, 1, 1, D] it is the expander of VICReg and Barlow Twins with one hidden layer,
 * and with `out: 1` BYOL's predictor.
 */
export const expander = (options: ExpanderOptions = {}): HeadFactory => {
  const { hidden, out } = ExpanderOptions.parse(options);
  return ({ name, shape, seed }) => {
    const unitsOf = (factor: number): number => Math.max(1, Math.round(factor * shape[2]));
    const dense = (part: string, units: number, useBias: boolean) =>
      layers.dense({ name: `${name}/${part}`, units, useBias, kernelInitializer: 'zeros' });
    const from = input({ shape: [...shape], name: `${name}/input` });
    const chain = [
      layers.globalAveragePooling2d({ name: `${name}/pool` }),
      dense('dense1', unitsOf(hidden), false), // the norm's shift is its bias
      batchNorm({ name: `${name}/norm1` }),
      layers.reLU({ name: `${name}/relu1` }),
      dense('dense2', unitsOf(out), true),
    ];
    const to = chain.reduce((x, layer) => layer.apply(x) as SymbolicTensor, from);
    const head = model({ inputs: from, outputs: to, name });
    initialize(head, seed);
    return head;
  };
};

export const expanderPlugin = plugin({
  token: HEAD,
  name: 'expander',
  summary: 'Two dense layers with batch norm between, as wide as what comes in asks for',
  when: 'Behind a head, for losses that look at lengths (vicreg, barlow-twins); with "out": 1 a predictor.',
  source:
    'Bardes et al. 2022 (VICReg), Zbontar et al. 2021 (Barlow Twins), Grill et al. 2020 (BYOL); widths are ours',
  options: ExpanderOptions,
  create: expander,
});
