import { describe, expect, it } from 'vitest';
import { readTfConfig, requireTrust } from './tfConfig.ts';

const configOf = (cluster: unknown, task: unknown): string => JSON.stringify({ cluster, task });
const two = ['10.0.0.2:2222', '10.0.0.3:2222'];

describe('TF_CONFIG', () => {
  it('names the workers and which one this is, a chief first', () => {
    expect(readTfConfig(configOf({ worker: two }, { type: 'worker', index: 1 }))).toEqual({
      addresses: two,
      rank: 1,
    });
    const cluster = { chief: ['a:1'], worker: two };
    expect(readTfConfig(configOf(cluster, { type: 'worker', index: 1 }))).toEqual({
      addresses: ['a:1', ...two],
      rank: 2,
    });
    expect(readTfConfig(configOf(cluster, { type: 'chief', index: 0 })).rank).toBe(0);
  });

  it.each([
    ['{', /is no JSON object/],
    ['[]', /is no JSON object/],
    ['{}', /names no "cluster"/],
    [configOf({ worker: 'a:1' }, {}), /"worker" without a list/],
    [configOf({ worker: two, ps: ['b:1'] }, {}), /the kind "ps".*Take it out/],
    [configOf({ worker: two }, {}), /does not say which task this is/],
    [configOf({ worker: two }, { type: 'evaluator', index: 0 }), /does not say which task this is/],
    [configOf({ worker: two }, { type: 'worker', index: 2 }), /no worker 2: 2 are named/],
    [configOf({ worker: two }, { type: 'worker', index: 0.5 }), /no worker 0.5/],
    [configOf({ worker: ['a', 'b:1'] }, { type: 'worker', index: 0 }), /"a" is no address/],
    [configOf({ worker: ['a:1', 'a:1'] }, { type: 'worker', index: 0 }), /Two workers have the address a:1/],
  ])('%s is refused in one short message', (text, message) => {
    expect(() => readTfConfig(text)).toThrow(message);
    try {
      readTfConfig(text);
    } catch (error) {
      expect((error as Error).message.length).toBeLessThan(400);
    }
  });

  it('that leads to other machines is refused unless their network is trusted', () => {
    const [far, near] = [
      { addresses: two, rank: 0 },
      { addresses: ['127.0.0.1:1', 'localhost:2', '[::1]:3'], rank: 0 },
    ];
    expect(() => requireTrust(far, false)).toThrow(/10.0.0.2:2222.*--trust-network/);
    expect(() => requireTrust(far, true)).not.toThrow();
    expect(() => requireTrust(near, false)).not.toThrow();
  });
});
