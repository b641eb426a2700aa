// A model from Keras, trained with contrastive deep supervision on the outputs of three of its layers: node train.js
import path from 'node:path';
import { fromLayersModel } from '@understory/backbones';
import { buildExperiment, parseConfig } from '@understory/config';
import { prepareTraining } from '@understory/core';
import { compiledRunner, loadEngine } from '@understory/engine';
import { readLayersModel } from '@understory/interop/node';
import { defaultPlugins, defaultViews } from '@understory/recipes';
import { createRegistry } from '@understory/registry';

await loadEngine();
const model = await readLayersModel(path.join(import.meta.dirname, 'keras/model.json'));
const backbone = fromLayersModel(model, { taps: ['stage1_out', 'stage2_relu', 'stage3_relu'] });

const config = parseConfig({
  epochs: 6,
  batch: 32,
  dataset: ['emoji', { limit: 240 }],
  objectives: ['cross-entropy', 'contrastive-deep-supervision'],
  schedule: ['constant', { rate: 0.1 }],
});
const compiled = await buildExperiment(createRegistry(defaultPlugins), config, {
  defaultViews: defaultViews(),
});
const runner = compiledRunner();
const training = await prepareTraining({ ...compiled, backbone: () => backbone }, { runner });

const epochs = [];
for await (const event of training.events()) {
  if (event.type !== 'epoch') continue;
  epochs.push(event);
  const terms = Object.entries(event.terms).map(([name, value]) => `${name} ${value.toFixed(3)}`);
  console.log(`epoch ${event.epoch}: loss ${event.loss.toFixed(3)} (${terms.join(', ')})`);
}
training.dispose();
runner.dispose();
if (!(epochs.at(-1).loss < epochs[0].loss)) throw new Error('The loss did not fall.');
