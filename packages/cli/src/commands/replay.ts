import { readFile } from 'node:fs/promises';
import { compileExperiment } from '@understory/config';
import {
  buildNetwork,
  eagerRunner,
  findNotFinite,
  networkVariables,
  optimizerState,
  readBlackBox,
  restore,
  trainingStep,
  type BlackBox,
  type Culprit,
  type Dataset,
  type Samples,
} from '@understory/core';
import { loadEngine } from '@understory/engine';
import { defaultViews } from '@understory/recipes';
import type { RunInfo } from '../runInfo.ts';
import { openRegistry } from '../session.ts';

/** The dataset's description without its images: the black box holds those that the step saw. */
const withoutImages = ({ name, classes, normalization, size }: RunInfo['dataset']): Dataset => {
  const none: Samples = {
    length: 0,
    size,
    labels: new Int32Array(),
    read: () => Promise.resolve(new Uint8Array()),
    describe: String,
  };
  return { name, classes, normalization, train: none, validation: none, test: none, skipped: [] };
};

const rowsText = ({ rows, shape, count }: Culprit, { inputs }: BlackBox): string => {
  const [positions] = Object.entries(inputs).flatMap(([key, value]) =>
    key.endsWith('/positions') ? [value] : [],
  );
  const batch = positions?.data.length ?? 0;
  const isRow = batch > 0 && shape.length > 1 && shape[0]! % batch === 0;
  const which = isRow
    ? `, samples ${[...new Set(rows.map((r) => positions!.data[r % batch]!))].join(', ')}`
    : '';
  return `${count} of ${shape.reduce((a, b) => a * b, 1)} values of its result [${shape.join(', ')}]${which}`;
};

/** `understory replay <black box>`: runs a step that failed op by op and names the first operation that went wrong. */
export const replay = async (file: string): Promise<void> => {
  const box = readBlackBox(new Uint8Array(await readFile(file)), file);
  const info = JSON.parse(box.description) as RunInfo;
  await loadEngine();
  const registry = await openRegistry(info.config.plugins, info.folder);
  const dataset = withoutImages(info.dataset);
  const experiment = await compileExperiment(registry, info.config, {
    dataset,
    defaultViews: defaultViews(),
  });
  const network = await buildNetwork(experiment);
  const state = optimizerState(experiment, network);
  const optimizer = Object.fromEntries(Object.entries(state).map(([name, v]) => [`optimizer/${name}`, v]));
  await restore(eagerRunner(), { ...networkVariables(network), ...network.state, ...optimizer }, box.state);
  const models = [network.backbone.model, ...Object.values(network.modules)];
  const culprit = findNotFinite(trainingStep(experiment, network, state), box.inputs, models);
  if (!culprit) {
    process.stdout.write(
      `Step ${box.step} is finite when it is run op by op: the fault lies in how it was compiled. Please report it.\n`,
    );
    return;
  }
  const where = culprit.layer
    ? `in layer "${culprit.layer}"`
    : 'outside of the layers: in a loss, a gradient or an update';
  process.stdout.write(
    `Step ${box.step}: ${culprit.kernel} went wrong first, ${where}: ${rowsText(culprit, box)}.\n`,
  );
};
