import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { UnderstoryError } from '@understory/core';
import { describe, expect, it } from 'vitest';
import { loadConfig } from './node/load.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'refusals-'));
let made = 0;

const write = (name: string, content: string | Uint8Array): string => {
  const at = path.join(folder, `${made++}`, name);
  mkdirSync(path.dirname(at));
  writeFileSync(at, content);
  return at;
};

/** The message with which a config is refused. */
const refusal = async (file: string, set: readonly string[] = []): Promise<string> => {
  const error: unknown = await loadConfig(file, set).catch((caught: unknown) => caught);
  expect(error, file).toBeInstanceOf(UnderstoryError);
  const { message } = error as UnderstoryError;
  expect(message.length, message).toBeLessThan(400);
  expect(message).not.toMatch(/\n {4}at /);
  return message;
};

const bomb = (levels: number, times: number): string =>
  Array.from({ length: levels }, (_, i) => {
    const inner = i === 0 ? 'x' : `*b${i - 1}`;
    return `a${i}: &b${i} [${Array(times).fill(inner).join(', ')}]`;
  }).join('\n');

const TEXTS: readonly (readonly [fault: string, name: string, content: string | Uint8Array, message: RegExp])[] =
  [
    ['an undefined alias', 'a.yaml', 'dataset: emoji\nname: *x', /a\.yaml:2:7: \*x stands for nothing.*quotes/],
    ['an anchor around its alias', 'a.yaml', 'dataset: emoji\nviews: &a [*a]', /a\.yaml:2:12: \*a contains itself/],
    ['an anchor far around its alias', 'a.yaml', 'a: &a\n  b:\n    - c: *a', /a\.yaml:3:10: \*a contains itself/],
    ['aliases of aliases of aliases', 'a.yaml', bomb(9, 9), /a\.yaml:1:1: its aliases stand for too many values/],
    ['many aliases of much', 'a.yaml', `a: &a [${'1,'.repeat(900)}]\nb: [${'*a,'.repeat(90)}]`, /more than 50000 values|too many values/],
    ['deep lists', 'a.yaml', `a: ${'['.repeat(60_000)}`, /nested more than 64 deep/],
    ['deep tables', 'a.yaml', `${'{a: '.repeat(5000)}1${'}'.repeat(5000)}`, /nested more than 64 deep/],
    ['deep block lists', 'a.yaml', '- '.repeat(30_000), /nested more than 64 deep/],
    ['keys that open one level each on one line', 'a.yaml', `a: [b, { c: ${'0: '.repeat(20_000)}0.5 }]`, /a\.yaml: it is broken in so many places/],
    ['deep block tables', 'a.yaml', Array.from({ length: 300 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'), /nested more than/],
    ['an alias without a name in JSON', 'a.json', '{"dataset": *}', /a\.json:1:13: an alias \(\*\) without a name/],
    ['an alias in JSON', 'a.json', '{"a": *b}', /a\.json:1:7: anchors, aliases .* not JSON/],
    ['a comment in JSON', 'a.json', '{\n  // ten\n  "epochs": 10 }', /a\.json:2:3: JSON has no comments.*\.yaml/],
    ['another comment in JSON', 'a.json', '{ /* ten */ "epochs": 10 }', /a\.json:1:3: JSON has no comments/],
    ['words without quotes in JSON', 'a.json', '{"dataset": emoji}', /a\.json:1:13: "emoji" stands without quotes/],
    ['NaN in JSON', 'a.json', '{"dataset": "emoji", "epochs": NaN}', /a\.json:1:32: "NaN" stands without quotes/],
    ['YAML in JSON', 'a.json', 'dataset: emoji', /a\.json:1:\d+: .*JSON/],
    ['JSON cut short', 'a.json', '{"dataset": "emoji"', /a\.json:1:\d+: Flow map/],
    ['a key twice', 'a.yaml', 'dataset: emoji\nepochs: 1\nepochs: 2', /a\.yaml:3:1: this key is there twice/],
    ['a key twice in JSON', 'a.json', '{"a": 1, "a": 2}', /a\.json:1:10: this key is there twice/],
    ['tabs', 'a.yaml', 'engine:\n\tmode: eager', /a\.yaml:2:1: tabs cannot indent YAML.*spaces/],
    ['a second document', 'a.yaml', 'dataset: emoji\n---\nepochs: 2', /a\.yaml:2:1: a second document/],
    ['a quote that is not closed', 'a.yaml', 'dataset: "emoji', /a\.yaml:1:\d+: Missing closing/],
    ['a tag', 'a.yaml', 'dataset: !!python/object:os.system {}', /a\.yaml:1:10: a tag/],
    ['a key that is none', 'a.yaml', '~: 1', /a\.yaml:1:1: a key that is no word/],
    ['a list as key', 'a.yaml', '? [a, b]\n: 1', /a\.yaml:1:3: a key that is no word/],
    ['UTF-16', 'a.yaml', Buffer.from('\ufeffdataset: emoji', 'utf16le'), /a\.yaml: it is written in UTF-16/],
    ['Latin-1', 'a.yaml', Buffer.from('# Übung\ndataset: emoji', 'latin1'), /a\.yaml: it is not written in UTF-8/],
    ['bytes', 'a.yaml', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0, 1, 2), /a\.yaml: it is no text/],
    ['nothing', 'a.yaml', '', /a\.yaml: it is empty. Begin with: dataset: emoji/],
    ['blanks', 'a.yaml', ' \n\n', /a\.yaml: it is empty/],
    ['comments alone', 'a.yaml', '# dataset: emoji\n', /a\.yaml:1:1: it holds one value/],
    ['a list', 'a.yaml', '- dataset: emoji', /a\.yaml:1:1: it holds a list/],
    ['a text', 'a.yaml', 'emoji', /a\.yaml:1:1: it holds one value/],
    ['a text of a megabyte', 'a.yaml', 'a'.repeat(1_000_000), /it has 1000000 bytes; a config has at most/],
    ['no config at all', 'a.txt', 'dataset: emoji', /no config is called like that.*\.yaml/],
    ['a prototype', 'a.yaml', 'dataset: emoji\n__proto__: { polluted: 1 }', /a\.yaml:2:1: the key "__proto__"/],
    ['a deep prototype', 'a.json', '{"dataset": ["emoji", {"limit": {"__proto__": {"polluted": 1}}}]}', /a\.json:1:34: the key "__proto__"/],
    ['a constructor', 'a.yaml', 'constructor: { prototype: { polluted: 1 } }\ndataset: emoji', /a\.yaml:1:1: unknown key "constructor"/],
    ['a method as key', 'a.yaml', 'dataset: emoji\nengine: { toString: 1 }', /a\.yaml:2:11: unknown key "engine.toString"/],
    ['no number', 'a.yaml', 'dataset: emoji\nepochs: .nan', /a\.yaml:2:9: "epochs" is NaN: expected a number/],
    ['infinity', 'a.yaml', 'dataset: emoji\nepochs: .inf', /a\.yaml:2:9: "epochs" is Infinity: expected a finite number/],
    ['a number that overflows', 'a.yaml', 'dataset: emoji\nseed: 1e400', /"seed" is Infinity: expected a finite number/],
    ['a number beyond the whole ones', 'a.yaml', 'dataset: emoji\nseed: 99999999999999999999', /"seed" is 100000000000000000000: expected a number up to/],
    ['a number with signs', 'a.yaml', 'dataset: emoji\nepochs: 1_000', /"epochs" is "1_000": expected a number/],
    ['yes', 'a.yaml', 'dataset: emoji\npatience: yes', /"patience" is "yes": expected a number/],
    ['a share of all', 'a.yaml', 'dataset: emoji\nunlabelled: { labelled: 1 }', /a\.yaml:2:25: .*above 0 and below 1.*leave "unlabelled" out/],
    ['one view where a list of them is', 'a.yaml', 'dataset: emoji\nviews: [crop, flip]', /a\.yaml:2:9: .*\[\[crop, flip\], \[crop\]\]/],
    ['a number as name', 'a.yaml', 'dataset: emoji\nname: 2024', /in quotes it is one: "2024"/],
    ['a name out of the runs', 'a.yaml', 'dataset: emoji\nname: ..', /"name" is "\.\."/],
    ['one objective where a list is', 'a.yaml', 'dataset: emoji\nobjectives: simclr', /in brackets it is one: \[simclr\]/],
  ]; // prettier-ignore

describe('a config is refused in one line that names the place', () => {
  it.each(TEXTS)('where it holds %s', async (_fault, name, content, message) => {
    expect(await refusal(write(name, content))).toMatch(message);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each([
    ['throws', 'throw new Error("boom\\nat once");', /m\.ts: it fails when it is imported: boom$/],
    ['throws nothing', 'throw null;', /m\.ts: it fails when it is imported: null/],
    ['cannot be parsed', 'export default { dataset: ', /m\.ts:1:\d+: Unexpected token/],
    ['imports what is missing', "import x from './missing.js'; export default { dataset: x };", /m\.ts: it fails.*missing/],
    ['exports a function', 'export default () => ({ dataset: "emoji" });', /m\.ts: it exports a function. Write: export default/],
    ['exports a promise', 'export default Promise.resolve({ dataset: "emoji" });', /m\.ts: it exports a promise.*await/],
    ['exports no config', 'export const x = 1;', /m\.ts: it exports no config. Write:/],
    ['exports nothing', '', /m\.ts: it is empty/],
    ['holds a function', 'export default { dataset: "emoji", epochs: () => 3 };', /m\.ts, epochs: "epochs" is a function/],
    ['holds a date', 'export default { dataset: "emoji", seed: new Date() };', /m\.ts, seed: "seed" is an object of Date/],
    ['holds itself', 'const a = { dataset: "emoji", engine: {} }; a.engine = a; export default a;', /m\.ts, .*contains itself/],
    ['holds a big number', 'export default { dataset: "emoji", seed: 10n };', /m\.ts, seed: "seed" is 10n/],
  ] as const)('where its module %s', async (_fault, text, message) => {
    expect(await refusal(write('m.ts', text))).toMatch(message);
  }); // prettier-ignore

  it('where it is a folder, no file, or a link in a circle', async () => {
    expect(await refusal(folder)).toMatch(/it is a folder/);
    write('a.yaml', 'dataset: emoji');
    expect(await refusal(path.join(folder, String(made - 1)))).toMatch(
      /it is a folder. Give a file of it, such as a\.yaml/,
    );
    expect(await refusal('/dev/null')).toMatch(/it is no ordinary file/);
    expect(await refusal(path.join(folder, 'none.yaml'))).toMatch(/No config at .*none\.yaml/);
    symlinkSync('circle.yaml', path.join(folder, 'circle.yaml'));
    expect(await refusal(path.join(folder, 'circle.yaml'))).toMatch(/its links go round in a circle/);
    const pipe = path.join(folder, 'pipe.yaml');
    execFileSync('mkfifo', [pipe]);
    expect(await refusal(pipe)).toMatch(/it is no ordinary file/);
  });

  it.skipIf(process.getuid?.() === 0)('where it may not be read', async () => {
    const file = write('a.yaml', 'dataset: emoji');
    chmodSync(file, 0);
    expect(await refusal(file)).toMatch(/a\.yaml: it may not be read/);
  });

  it('where it is larger than any config, without being read', async () => {
    const file = write('huge.yaml', '');
    truncateSync(file, 8e12);
    expect(await refusal(file)).toMatch(/huge\.yaml: it has 8000000000000 bytes/);
  });

  it('with all that is wrong, as far as it fits', async () => {
    const some = await refusal(
      write('a.yaml', 'dataset: emoji\nepocs: 1\nbatch: none\nengine: { mod: eager }'),
    );
    expect(some.split('\n').map((line) => line.replace(/^.*a\.yaml/, ''))).toEqual([
      ':3:8: "batch" is "none": expected a number. (training images a step; the network sees them in every view)',
      ':4:11: unknown key "engine.mod". Did you mean "mode"?',
      ':2:1: unknown key "epocs". Did you mean "epochs"?',
    ]);
    const many = await refusal(
      write('a.yaml', `dataset: emoji\n${Array.from({ length: 50 }, (_, i) => `x${i}: 1\n`).join('')}`),
    );
    expect(many).toMatch(/And 4\d more\.$/);
  });
});

describe('a config is read', () => {
  it('with a byte-order mark, tabs in JSON, anchors, and numbers in other bases', async () => {
    expect((await loadConfig(write('a.yaml', '\ufeffdataset: emoji'))).config.dataset).toBe('emoji');
    expect(
      (await loadConfig(write('a.json', '{\n\t"dataset": "emoji",\n\t"batch": 7\n}'))).config.batch,
    ).toBe(7);
    const { config } = await loadConfig(
      write('a.yaml', 'dataset: emoji\nseed: 0x10\nbatch: -0\n'.replace('batch: -0', 'epochs: 0o10')),
    );
    expect([config.seed, config.epochs]).toEqual([16, 8]);
    const shared = 'dataset: emoji\nviews: [&v [crop], *v]\n';
    const { config: changed } = await loadConfig(write('a.yaml', shared), ['views.0.0.pad=2']);
    expect(changed.views).toEqual([[['crop', { pad: 2 }]], ['crop']]);
    expect(Object.is((await loadConfig(write('a.yaml', 'dataset: emoji\nseed: -0'))).config.seed, 0)).toBe(
      true,
    );
  });
});
