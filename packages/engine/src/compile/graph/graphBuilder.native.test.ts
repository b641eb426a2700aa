import { describe, expect, it } from 'vitest';
import { elsewhere } from '../../link/testing/elsewhere.ts';
import { attribute } from './attributes.ts';
import { Definitions } from './definitions.ts';
import { GraphBuilder } from './graphBuilder.ts';
import { ownAddon, TF } from './native.ts';

const here = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);

describe('a constant', () => {
  it('for which TensorFlow has no memory is refused', async () => {
    const code = `
      const { loadEngine } = await import(${here('../../link/load.ts')});
      const { Definitions } = await import(${here('definitions.ts')});
      const { GraphBuilder } = await import(${here('graphBuilder.ts')});
      const { ownAddon, TF } = await import(${here('native.ts')});
      await loadEngine();
      const builder = new GraphBuilder(ownAddon(), new Definitions(ownAddon(), ['CPU']));
      const length = 2 ** 26;
      try {
        builder.constant({ dtype: TF.uint8, shape: [length], data: new Uint8Array(length) });
      } catch ({ code, message }) {
        console.log(code, message);
      }`;
    const { stdout } = await elsewhere(code, {
      TF_CPU_ALLOCATOR_USE_BFC: '1',
      TF_CPU_BFC_MEM_LIMIT_IN_MB: '32',
    });
    expect(stdout).toMatch(/^op-invalid .*No memory for a constant/);
  });
});

it.each([1, 3])('an op of two inputs is not given %d', (count) => {
  const builder = new GraphBuilder(ownAddon(), new Definitions(ownAddon(), ['CPU']));
  const one = builder.constant({ dtype: TF.float32, shape: [], data: Float32Array.of(1) });
  const inputs = Array.from({ length: count }, () => one);
  expect(() => builder.add('AddV2', inputs, [attribute.type('T', TF.float32)])).toThrow(
    `An op of 2 inputs is given ${count}.`,
  );
});
