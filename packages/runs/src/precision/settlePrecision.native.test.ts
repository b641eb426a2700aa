import { parseConfig, type ExperimentInput } from '@understory/config';
import { precisionsHere } from '@understory/engine';
import { expect, it } from 'vitest';
import { openRegistry } from '../session.ts';
import { temporaryFolder } from '../testing/index.ts';
import { settlePrecision } from './settlePrecision.ts';

const configOf = (engine: ExperimentInput['engine']) =>
  parseConfig({
    ...{ dataset: ['emoji', { limit: 45 }], backbone: ['resnet18', { width: 0.0625 }] },
    ...{ objectives: ['cross-entropy'], metrics: ['accuracy'], epochs: 1, batch: 8, reporters: [], engine },
  });

const folder = '.';
const registry = await openRegistry([], folder);

it('measures a few steps once on a machine, takes the fastest that is worth it, and says so', async () => {
  const cacheDir = temporaryFolder();
  const said: string[] = [];
  const settle = () =>
    settlePrecision({
      config: configOf({ precision: 'auto' }),
      ...{ registry, folder, cacheDir },
      say: (line) => said.push(line),
    });
  const first = await settle();
  expect(precisionsHere()).toContain(first.engine.precision);
  const [line = ''] = said;
  expect(line).toMatch(/^engine\.precision auto: (float32|bfloat16|bfloat16-stored), measured now \(ms/);
  const times = new Map(
    [...line.matchAll(/([\w-]+) (\d+)(?=[,)])/g)].map(([, name, ms]) => [name, Number(ms)]),
  );
  expect([...times.keys()]).toEqual([...precisionsHere()]);
  // Never slower than float32, but for the rounding of what is said.
  expect(times.get(first.engine.precision) ?? NaN).toBeLessThanOrEqual((times.get('float32') ?? NaN) + 1);
  expect((await settle()).engine.precision).toBe(first.engine.precision);
  expect(said[1]).toBe(line.replace('measured now', 'as measured before'));
});

it('leaves a precision alone that a config names, and has float32 where steps run op by op', async () => {
  const say = (line: string): never => expect.fail(line);
  const named = await settlePrecision({ config: configOf({ precision: 'bfloat16' }), registry, folder, say });
  expect(named.engine.precision).toBe('bfloat16');
  const eager = { config: configOf({ mode: 'eager', precision: 'auto' }), registry, folder, say };
  expect((await settlePrecision(eager)).engine).toMatchObject({ mode: 'eager', precision: 'float32' });
});
