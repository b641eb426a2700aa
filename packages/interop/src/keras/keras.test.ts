import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { sin, range, reshape, tidy, mul, type Tensor } from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it } from 'vitest';
import { readLayersModel } from '../node/index.ts';
import { plainTopology } from './plainTopology.ts';

const folder = await mkdtemp(path.join(os.tmpdir(), 'understory-keras-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
const example = path.resolve(import.meta.dirname, '../../../../examples/keras-model/keras/model.json');

describe('readLayersModel', () => {
  it('gives the probabilities that Keras 3 gave', async () => {
    const model = await readLayersModel(example);
    const p = tidy(() => {
      const images = reshape(sin(mul(range(0, 32 * 32 * 3), 0.7)), [1, 32, 32, 3]);
      return (model.predict(images) as Tensor).dataSync();
    });
    // keras 3.15 on the same numbers
    const keras = [0.112038, 0.111087, 0.11051, 0.112385, 0.111717, 0.109069, 0.11014, 0.110401, 0.112653];
    keras.forEach((value, i) => expect(p[i]).toBeCloseTo(value, 5));
    model.dispose();
  });

  it('says what is wrong with a file', async () => {
    const write = async (content: string): Promise<string> => {
      const file = path.join(folder, 'model.json');
      await writeFile(file, content);
      return file;
    };
    await expect(readLayersModel(path.join(folder, 'none.json'))).rejects.toThrow(
      /ENOENT.*tensorflowjs_converter/,
    );
    await expect(readLayersModel(await write('{}'))).rejects.toMatchObject({ code: 'bad-model' });
    const climbing = { modelTopology: {}, weightsManifest: [{ paths: ['../secret.bin'], weights: [] }] };
    await expect(readLayersModel(await write(JSON.stringify(climbing)))).rejects.toThrow(
      /lies in another folder/,
    );
    const absent = { modelTopology: {}, weightsManifest: [{ paths: ['no.bin'], weights: [] }] };
    await expect(readLayersModel(await write(JSON.stringify(absent)))).rejects.toThrow(/no\.bin/);
  });
});

it('plainTopology leaves what is plain as it is', () => {
  const layer = {
    class_name: 'Conv2D',
    config: { name: 'a', dtype: 'float32' },
    inbound_nodes: [[['x', 0, 0, {}]]],
  };
  const config = { name: 'm', layers: [layer], input_layers: [['x', 0, 0]], output_layers: [['a', 0, 0]] };
  const topology = { class_name: 'Model', config };
  expect(plainTopology(topology)).toEqual(topology);
});
