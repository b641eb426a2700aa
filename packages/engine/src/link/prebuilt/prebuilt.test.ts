import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { addonName } from '../addon.ts';
import { engineSources, hushSource } from '../sources.ts';
import { TENSORFLOW } from '../target.ts';
import { engineVersion } from '../testing/trial.ts';
import { findPrebuilt, missingPrebuilt } from './find.ts';
import { PLATFORM, RECORD, sha256 } from './record.ts';
import { PLACEHOLDER, withLibrary } from './take.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'prebuilt-'));
const name = addonName(hushSource());
const bytes = Buffer.from('an addon');

const write = (file: string, value: unknown): void =>
  writeFileSync(path.join(folder, file), typeof value === 'string' ? value : JSON.stringify(value));

const record = {
  ...{ tensorflow: TENSORFLOW, platform: PLATFORM, napi: 8 },
  files: { [name]: sha256(bytes) },
};

beforeEach(() => {
  vi.stubEnv('UNDERSTORY_PREBUILT', folder);
  write('package.json', { version: engineVersion() });
  write(RECORD, record);
  write(name, bytes.toString());
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => rmSync(folder, { recursive: true }));

describe('findPrebuilt', () => {
  it('gives the addon of these very sources', () => {
    expect(findPrebuilt(hushSource())).toEqual({ file: path.join(folder, name) });
    expect(missingPrebuilt([hushSource()])).toBeNull();
  });

  it.each([
    ['another version', 'package.json', { version: '0.0.1' }, /version 0\.0\.1, and the engine/],
    ['no version', 'package.json', '{', /version unknown/],
    ['another platform', RECORD, { ...record, platform: 'plan9-mips' }, /for plan9-mips, and this is/],
    ['another TensorFlow', RECORD, { ...record, tensorflow: '2.9.0' }, /TensorFlow 2\.9\.0, not 2\.21/],
    ['a newer Node-API', RECORD, { ...record, napi: 99 }, /Node-API 99, and v\d+/],
    ['other sources', RECORD, { ...record, files: {} }, /none of them is hush of these sources/],
    ['other bytes', name, 'an adder', /hush-\w+\.node is damaged/],
    ['a record cut off', RECORD, '{ "tensorflow": ', /prebuilt\.json cannot be read/],
    ['a record of another form', RECORD, { ...record, files: [1] }, /prebuilt\.json cannot be read/],
  ])('refuses %s, and says so', (_, file, value, why) => {
    write(file, value);
    const found = findPrebuilt(hushSource());
    expect(found).toEqual({ why: expect.stringMatching(why) as string });
    expect(missingPrebuilt([hushSource()])).toEqual(found);
  });

  it('says nothing where nobody has brought any, or none are wanted', () => {
    rmSync(path.join(folder, RECORD));
    expect(findPrebuilt(hushSource())).toEqual({ why: null });
    write(RECORD, record);
    vi.stubEnv('UNDERSTORY_PREBUILT', 'none');
    expect(findPrebuilt(hushSource())).toEqual({ why: null });
  });

  it('misses what is not there of several', () => {
    expect(missingPrebuilt(engineSources())).toEqual({
      why: expect.stringMatching(/none of them is \w+ of these sources/) as string,
    });
  });
});

describe('withLibrary', () => {
  const addon = Buffer.from(`head\0$ORIGIN/../lib:${PLACEHOLDER}\0tail`);

  it('puts a path in the place of the placeholder and moves nothing', () => {
    const text = withLibrary(addon, '/home/ö/lib').toString();
    expect(text.replaceAll(/\0+/g, '|')).toBe('head|$ORIGIN/../lib:/home/ö/lib|tail');
    expect(withLibrary(addon, '/home/ö/lib')).toHaveLength(addon.length);
    expect(withLibrary(Buffer.from('plain'), '/x').toString()).toBe('plain');
  });

  it('refuses a path that has no room', () => {
    expect(() => withLibrary(addon, `/${'x'.repeat(2000)}`)).toThrow(/longer than \d+ bytes/);
  });
});
