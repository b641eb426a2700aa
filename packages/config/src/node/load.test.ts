import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from './load.ts';

const file = (name: string, text: string): string => {
  const at = path.join(mkdtempSync(path.join(tmpdir(), 'config-')), name);
  writeFileSync(at, text);
  return at;
};

describe('loadConfig', () => {
  it('reads YAML and fills in defaults', async () => {
    const { config } = await loadConfig(file('a.yaml', 'dataset: emoji\nepochs: 3\n'));
    expect(config).toMatchObject({
      dataset: 'emoji',
      epochs: 3,
      seed: 0,
      backbone: 'resnet18',
      selectOn: 'validation',
    });
  });

  it('reads JSON and TypeScript', async () => {
    expect((await loadConfig(file('a.json', '{"dataset":"emoji","batch":7}'))).config.batch).toBe(7);
    expect(
      (await loadConfig(file('a.ts', 'export default { dataset: "emoji" as const, batch: 9 };'))).config
        .batch,
    ).toBe(9);
  });

  it('names file, line, key and the nearest name of an unknown key', async () => {
    const at = file('a.yaml', 'dataset: emoji\nepocs: 3\n');
    await expect(loadConfig(at)).rejects.toThrow(/a\.yaml.*unknown key "epocs". Did you mean "epochs"/);
  });

  it('names file, line, key and value of a wrong value', async () => {
    const at = file('a.yaml', 'dataset: emoji\nepochs: many\n');
    await expect(loadConfig(at)).rejects.toThrow(/a\.yaml:2:9: "epochs" is "many"/);
  });

  it('applies overrides, also into the options of a plugin and items of a list', async () => {
    const at = file(
      'a.yaml',
      'dataset: emoji\nbackbone: resnet18\nobjectives: [cross-entropy, [cds, { weight: 1 }]]\n',
    );
    const { config } = await loadConfig(at, [
      'epochs=2',
      'backbone.width=0.25',
      'objectives.1.weight=0.5',
      'engine.mode=eager',
    ]);
    expect(config.epochs).toBe(2);
    expect(config.backbone).toEqual(['resnet18', { width: 0.25 }]);
    expect(config.objectives[1]).toEqual(['cds', { weight: 0.5 }]);
    expect(config.engine.mode).toBe('eager');
    await expect(loadConfig(at, ['epochs'])).rejects.toThrow(/--set takes key=value/);
  });

  it('says what is missing', async () => {
    await expect(loadConfig('no-such.yaml')).rejects.toThrow(/No config at .*no-such\.yaml/);
    await expect(loadConfig(file('a.yaml', 'epochs: 1\n'))).rejects.toThrow(/"dataset" is nothing/);
  });
});
