import { readFileSync } from 'node:fs';
import path from 'node:path';
import { seedOf, UnderstoryError, type Rng } from '@understory/core';
import { byteForms, damaged } from '@understory/core/testing';
import { describe, expect, it } from 'vitest';
import { decodeLayersModel } from '../index.ts';

const folder = path.resolve(import.meta.dirname, '../../../../examples/keras-model/keras');
const json = new Uint8Array(readFileSync(path.join(folder, 'model.json')));
const weights = new Uint8Array(readFileSync(path.join(folder, 'group1-shard1of1.bin')));
const encoded = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

interface Layer {
  name: string;
  class_name: string;
  config: Record<string, unknown>;
  inbound_nodes: unknown[];
}
interface Model {
  modelTopology: { model_config: { config: { layers: Layer[]; input_layers?: unknown } } };
  weightsManifest: { paths: string[]; weights: Record<string, unknown>[] }[];
}
const modelOf = (): Model => JSON.parse(Buffer.from(json).toString()) as Model;

const readsOrRefuses = async (bytes: Uint8Array): Promise<UnderstoryError | undefined> => {
  try {
    (await decodeLayersModel(bytes, weights)).dispose();
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(UnderstoryError);
    expect(error).toMatchObject({ code: 'bad-model' });
    expect((error as Error).message.length).toBeLessThan(400);
    return error as UnderstoryError;
  }
};
/** What a changed description is refused with. */
const refusal = async (change: (model: Model, layers: Layer[]) => void): Promise<string | undefined> => {
  const model = modelOf();
  change(model, model.modelTopology.model_config.config.layers);
  return (await readsOrRefuses(encoded(model)))?.message;
};

describe('a description of a model that', () => {
  it('waits for itself is refused, however it says so', async () => {
    const waits = /waits for an input that never comes/;
    const later = (node: number) => (_: Model, layers: Layer[]) => {
      const { name } = layers.at(-1)!;
      layers[1]!.inbound_nodes = [[[name, node, 0, {}]]];
    };
    expect(await refusal(later(0))).toMatch(waits);
    expect(await refusal(later(7))).toMatch(waits);
    expect(await refusal((_, layers) => (layers[1]!.inbound_nodes = [[['nobody', 0, 0, {}]]]))).toMatch(
      waits,
    );
    expect(
      await refusal((model, layers) => {
        later(0)(model, layers);
        delete model.modelTopology.model_config.config.input_layers;
      }),
    ).toMatch(waits);
    expect(await refusal((_, layers) => (layers[1]!.inbound_nodes = [[]]))).toMatch(
      /inbound node that is none/,
    );
    const camel = (_: Model, layers: Layer[]): void => void Object.assign(layers[1]!, { inboundNodes: [] });
    expect(await refusal(camel)).toMatch(/has the key "inboundNodes", which Keras does not write/);
  });

  it('claims weights larger than the file is refused before they are made', async () => {
    expect(await refusal((_, layers) => (layers.at(-1)!.config['units'] = 1e9))).toMatch(
      /"Dense" has 1000000000 units, and the file no weights of that size/,
    );
    expect(
      await refusal(({ weightsManifest: [group] }) => (group!.weights[0]!['shape'] = [1e6, 1e6])),
    ).toMatch(/its weights take \d+ bytes, its weight files have 19492/);
    const text = ({ weightsManifest: [group] }: Model): void =>
      void Object.assign(group!.weights[0]!, { dtype: 'string', shape: [1e9] });
    expect(await refusal(text)).toMatch(/no layers model with weights/);
  });

  it('nests without end is refused', async () => {
    const depth = 100_000;
    const deep = `{"modelTopology":{"a":${'['.repeat(depth)}${']'.repeat(depth)}},"weightsManifest":[]}`;
    expect(
      (await decodeLayersModel(new TextEncoder().encode(deep), new Uint8Array(0)).catch(String)) as string,
    ).toMatch(/nested more than 100 deep/);
  });

  it('has a layer that tfjs does not know is refused with its name', async () => {
    expect(await refusal((_, layers) => (layers[1]!.class_name = 'Spline'))).toMatch(
      /tfjs cannot build it \(Unknown layer: Spline/,
    );
  });
});

/** Any value of the description, replaced by another that it should not be. */
const spoil = (model: object, rng: Rng): void => {
  const places: [Record<string, unknown>, string][] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, child] of Object.entries(value)) {
      places.push([value as Record<string, unknown>, key]);
      walk(child);
    }
  };
  walk(model);
  const pick = (): [Record<string, unknown>, string] => places[rng.integer(0, places.length - 1)]!;
  const [[object, key], [other, otherKey]] = [pick(), pick()];
  const values = [
    null,
    -1,
    0,
    1e9,
    0.5,
    'x',
    '',
    [],
    {},
    true,
    [1e9],
    '__proto__',
    structuredClone(other[otherKey]),
  ];
  object[key] = values[rng.integer(0, values.length - 1)];
};

it('reads or refuses any other description', async () => {
  for (let i = 0; i < 100; i++) {
    const [model, rng] = [modelOf(), seedOf(i).at('spoil').rng()];
    for (let left = rng.integer(1, 3); left > 0; left--) spoil(model, rng);
    await readsOrRefuses(encoded(model));
    await readsOrRefuses(damaged([json], i));
  }
});

it.each(byteForms(weights))('reads weights alike from %s', async (_, given) => {
  const [one, other] = [await decodeLayersModel(json, given), await decodeLayersModel(json, weights)];
  const last = (model: typeof one): unknown => model.weights.at(-1)!.read().arraySync();
  expect(last(one)).toEqual(last(other));
  one.dispose();
  other.dispose();
});
