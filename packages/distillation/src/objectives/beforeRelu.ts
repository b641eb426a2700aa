import type { Backbone, Network } from '@understory/core';
import { model, type SymbolicTensor } from '@tensorflow/tfjs-layers';

const RELUS: readonly unknown[] = ['relu', 'relu6'];

/** Whether a map comes from a ReLU, or from one that is cut off at 6. */
const isRelu = ({ sourceLayer }: SymbolicTensor): boolean =>
  sourceLayer.getClassName() === 'ReLU' ||
  (sourceLayer.getClassName() === 'Activation' && RELUS.includes(sourceLayer.getConfig()['activation']));

/** What a ReLU was applied to; the map itself where it comes from something else. */
const inputOf = (map: SymbolicTensor): SymbolicTensor =>
  isRelu(map) ? (map.sourceLayer.inboundNodes[map.nodeIndex]?.inputTensors[0] ?? map) : map;

const reading = ({ model: made, taps }: Backbone): Backbone['model'] =>
  model({
    name: `${made.name}/before-relu`,
    inputs: made.inputs,
    outputs: made.outputs.map((output, i) => (i < taps.length ? inputOf(output) : output)),
  });

/**
 * The same network, whose maps are those before the ReLU that ends each tap; a tap that ends in something else stays. Its
 * layers and weights are the network's own.
 */
export const beforeRelu = (network: Network): Network => ({
  ...network,
  backbone: { ...network.backbone, model: reading(network.backbone) },
});
