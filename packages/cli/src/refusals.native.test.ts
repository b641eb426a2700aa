import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from '@understory/runs/testing';
import { expect, it } from 'vitest';
import { understory } from './testing/understory.ts';

const folder = temporaryFolder();
const write = (name: string, text: string): string => {
  writeFileSync(path.join(folder, name), text);
  return name;
};
mkdirSync(path.join(folder, 'configs'));
const good = write('good.yaml', 'dataset: [emoji, { limit: 64 }]\nbatch: 8\nepochs: 1\n');

/** A bad config or command line in a process of its own, as a shell runs it, and what it must say. */
const CASES: readonly (readonly [argv: readonly string[], says: RegExp])[] = [
  [['train', 'configs'], /configs: it is a folder|configs.*folder/],
  [['train', 'missing.yaml'], /missing\.yaml/],
  [['train', write('alias.yaml', 'dataset: *x')], /alias\.yaml:1:10: \*x stands for nothing/],
  [['train', write('bomb.yaml', 'a: &a [*a, *a]')], /bomb\.yaml:1:8: \*a contains itself/],
  [['train', write('deep.yaml', `a: ${'[{'.repeat(200_000)}`)], /deep\.yaml/],
  [['train', write('star.json', '{"dataset": *}')], /star\.json:1:13: /],
  [['train', write('throws.ts', 'throw new Error("boom")')], /throws\.ts: .*boom/],
  [['train', write('syntax.ts', 'export default {')], /syntax\.ts/],
  [['train', write('function.mjs', 'export default () => ({});')], /function\.mjs: it exports a function/],
  // Nothing that is awaited here can come, and Node would end without a word.
  [['train', write('waits.mts', 'await new Promise(() => {}); export default {};')], /waits\.mts: its top-level await/],
  [['list', '--plugin', `./${write('waits.mjs', 'await new Promise(() => {}); export const x = 1;')}`], /waits\.mjs waits for/],
  [['train', write('option.yaml', 'dataset: emoji\nviews:\n  - [[crop, { pda: 2 }]]\n')], /option\.yaml:3:15: augmentation "crop": unknown key "pda"\. Did you mean "pad"/],
  [['train', good, '--set', 'backbone.width=1000'], /good\.yaml with --set backbone\.width=1000: .*up to 16/],
  [['train', good, '--set', 'a.100000000.b=1'], /--set a\.100000000\.b=1: unknown key "a"/],
  [['train', good, '--set', '__proto__.x=1'], /--set __proto__\.x=1/],
  [['train', good, '--set', 'batch=65'], /good\.yaml with --set batch=65: "batch" is 65, and there are 64 training images/],
  [['compare', good, '--set', 'epocs=1'], /--set epocs=1: unknown key "epocs". Did you mean "epochs"/],
  [['trian', good], /unknown command 'trian'/],
]; // prettier-ignore

it.each(CASES)('understory %j', async (argv, says) => {
  const { code, stderr } = await understory(argv, folder);
  expect(code, stderr).toBe(1);
  expect(stderr).toMatch(says);
  expect(stderr).not.toMatch(/\n {4}at /);
  const said = stderr.slice(stderr.indexOf('understory:'));
  expect(said.length).toBeLessThan(400);
  expect(existsSync(path.join(folder, 'runs'))).toBe(false);
});
