import { attention as attend } from '@understory/core';
import { input, layers, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { connect } from '../parts/connect.ts';
import { composite } from './composite.ts';

export interface AttentionConfig {
  readonly name: string;
  readonly heads: number;
  /** Tokens N of a sample. */
  readonly tokens: number;
  /** Width C of a token, all heads together. */
  readonly width: number;
}

/** Head by head, in layers that know no more than one batch dimension. */
const standardForm = ({ name, heads, tokens, width }: AttentionConfig, x: SymbolicTensor): SymbolicTensor => {
  const size = width / heads;
  const rows = connect(layers.reshape({ name: `${name}/rows`, targetShape: [tokens, 3 * heads, size] }), x);
  const row = (i: number, scope: string): SymbolicTensor => {
    const cropping: [[number, number], [number, number]] = [[0, 0], [i, 3 * heads - 1 - i]]; // prettier-ignore
    const one = connect(layers.cropping2D({ name: `${scope}/crop`, cropping }), rows);
    return connect(layers.reshape({ name: `${scope}/row`, targetShape: [tokens, size] }), one);
  };
  const mixed = Array.from({ length: heads }, (_, h) => {
    const scope = `${name}/head${h}`;
    const scale = layers.rescaling({ name: `${scope}/scale`, scale: size ** -0.5 });
    const query = connect(scale, row(h, `${scope}/query`));
    const scores = layers.dot({ name: `${scope}/scores`, axes: [2, 2] });
    const weights = layers.activation({ name: `${scope}/softmax`, activation: 'softmax' });
    const attended = connect(weights, connect(scores, [query, row(heads + h, `${scope}/key`)]));
    const mix = layers.dot({ name: `${scope}/mix`, axes: [2, 1] });
    return connect(mix, [attended, row(2 * heads + h, `${scope}/value`)]);
  });
  return heads === 1 ? mixed[0]! : connect(layers.concatenate({ name: `${name}/heads`, axis: -1 }), mixed);
};

/**
 * Multi-head self-attention (Vaswani et al. 2017, section 3.2) of tokens whose queries, keys and values stand side by
 * side: [B, N, 3·C] → [B, N, C], scores scaled by 1/√(C / heads). It has no weights.
 */
export const attention = (config: AttentionConfig): LayersModel => {
  const { name, heads, tokens, width } = config;
  const inputs = input({ shape: [tokens, 3 * width], name: `${name}/input` });
  return composite({ name, inputs, outputs: standardForm(config, inputs), call: (x) => attend(x, heads) });
};
