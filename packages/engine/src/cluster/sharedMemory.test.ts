import { closeSync, existsSync, fstatSync, readlinkSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { shareMemory } from './sharedMemory.ts';

afterEach(() => vi.unstubAllEnvs());

describe('memory for the sums of workers', () => {
  it.runIf(process.platform === 'linux')('has no name any more, and is its user’s alone', () => {
    const descriptor = shareMemory()!;
    const { mode, nlink, size } = fstatSync(descriptor);
    expect([mode & 0o777, nlink, size]).toEqual([0o600, 0, 0]);
    expect(existsSync(readlinkSync(`/proc/self/fd/${descriptor}`))).toBe(false);
    closeSync(descriptor);
  });

  it('is not made where TensorFlow’s ring is asked for, and another word is refused', () => {
    vi.stubEnv('UNDERSTORY_SUMS', 'ring');
    expect(shareMemory()).toBeUndefined();
    vi.stubEnv('UNDERSTORY_SUMS', 'rings');
    expect(shareMemory).toThrow(/UNDERSTORY_SUMS is "rings".*\(shared\).*\(ring\)/);
  });
});
