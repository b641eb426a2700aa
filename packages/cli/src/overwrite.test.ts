import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Argument, Command, Option } from 'commander';
import { captureOutput, prepareGround, temporaryFolder, type Said } from '@understory/runs/testing';
import { describe, expect, it } from 'vitest';
import { takeOf } from './arguments/take.ts';
import { main } from './main.ts';
import { program } from './program.ts';

const capture = (...argv: readonly string[]): Promise<Said> => captureOutput(() => main(argv));
const { folder, run, config, weights } = prepareGround(temporaryFolder());
const at = (...names: string[]): string => path.join(folder, ...names);

/** Outputs that are not refused where something is there, and why. */
const GOES_ON: Readonly<Record<string, string>> = {
  '--runs': 'each run makes a folder of its own',
  '--results': 'results are kept there, a file each; those of other settings are put aside',
  '--go-on': 'a search that was stopped goes on',
  'data get [folder]': 'what was fetched is gone on with, and checked',
  'data pack --out': 'a folder with something in it is refused, and never replaced',
  'predict --draw': 'others may lie there, too: each drawing is looked at, before any is made',
};

interface Output {
  readonly title: string;
  readonly command: Command;
  readonly slot: Option | Argument;
  /** The command line with a value there. */
  readonly line: (value: string) => readonly string[];
}

const leaves = (command: Command, names: readonly string[] = []): [Command, readonly string[]][] =>
  command.commands.length === 0
    ? [[command, names]]
    : command.commands.flatMap((one) => leaves(one, [...names, one.name()]));

const writes = (slot: Option | Argument): boolean => (takeOf(slot).kind ?? '').startsWith('output-');

/** What a command's other arguments are; all are there. */
const SOUND: Readonly<Record<string, string>> = { run, runs: run, in: weights, name: 'emoji' };
const sound = (argument: Argument): string => SOUND[argument.name()] ?? config;

const outputs = leaves(program()).flatMap(([command, names]): Output[] => {
  const given = command.registeredArguments;
  const required = given.filter((argument) => argument.required).map(sound);
  const title = names.join(' ');
  return [
    ...command.options.filter(writes).map((slot) => ({
      ...{ title: `${title} ${slot.long ?? ''}`, command, slot },
      line: (value: string) => [...names, ...required, `${slot.long ?? ''}=${value}`],
    })),
    ...given.filter(writes).map((slot) => ({
      ...{ title: `${title} ${slot.required ? slot.name() : `[${slot.name()}]`}`, command, slot },
      line: (value: string) => [
        ...names,
        ...given.slice(0, given.indexOf(slot)).map((argument) => sound(argument)),
        value,
      ],
    })),
  ];
});
const isListed = ({ title }: Output): boolean =>
  title in GOES_ON || (title.split(' ').at(-1) ?? '') in GOES_ON;
const refused = outputs.filter((one) => !isListed(one));

describe('every output of every command', () => {
  it('has --overwrite beside it and is looked at, or goes on for a reason', () => {
    const without = refused.filter(
      ({ command, slot }) =>
        !takeOf(slot).taken || !command.options.some(({ long }) => long === '--overwrite'),
    );
    expect(without.map(({ title }) => title)).toEqual([]);
    expect(refused.map(({ title }) => title)).toEqual(
      expect.arrayContaining([
        'weights convert out',
        'export [folder]',
        'report --out',
        'reproduce --picture',
      ]),
    );
  });

  it('that goes on is there', () => {
    const all = outputs.flatMap(({ title }) => [title, title.split(' ').at(-1)]);
    expect(Object.keys(GOES_ON).filter((name) => !all.includes(name))).toEqual([]);
  });

  it.each(refused.map((one) => [one.title, one] as const))(
    'is left as it is where it is there: %s',
    async (title, { line, slot }) => {
      const place = at(title.replaceAll(/\W+/g, '-'));
      const isFolder = takeOf(slot).kind === 'output-folder';
      const file = isFolder ? path.join(place, 'mine.txt') : `${place}.png`;
      if (isFolder) mkdirSync(place);
      writeFileSync(file, 'mine');
      const { code, stderr, milliseconds } = await capture(...line(isFolder ? place : file));
      expect(code).toBe(1);
      expect(stderr).toContain(isFolder ? place : file);
      expect(stderr).toContain('Add --overwrite, or name another');
      expect(milliseconds).toBeLessThan(10_000);
      expect(readFileSync(file, 'utf8')).toBe('mine');
    },
  );
});

describe('--overwrite', () => {
  it('replaces a file, which weights convert writes anew', async () => {
    const out = at('weights.safetensors');
    const line = ['weights', 'convert', weights, out];
    expect((await capture(...line)).code).toBe(0);
    writeFileSync(out, 'old');
    expect((await capture(...line)).code).toBe(1);
    expect((await capture(...line, '--overwrite')).code).toBe(0);
    expect(readFileSync(out, 'utf8')).not.toBe('old');
  });

  it('is refused beside nothing that it could be about', async () => {
    for (const line of [['describe', 'resnet18'], ['report', run], ['reproduce', 'emoji'], ['list']]) {
      const { code, stderr } = await capture(...line, '--overwrite');
      expect([code, stderr]).toEqual([1, expect.stringMatching(/Add --\w+, or leave --overwrite out/)]);
    }
  });
});

describe('export', () => {
  it('refuses its place in the run where an export lies there', async () => {
    mkdirSync(path.join(run, 'model'));
    writeFileSync(path.join(run, 'model', 'model.json'), 'mine');
    const { code, stderr } = await capture('export', run, '--format', 'onnx');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/model\. It is not empty\. Add --overwrite/)]);
  });

  it('says that nothing runs a format before anything is written', async () => {
    const place = at('weights-alone');
    const { code, stderr } = await capture('export', run, place, '--format', 'safetensors', '--verify');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/holds weights alone.*Leave --verify out/)]);
    expect(existsSync(place)).toBe(false);
  });
});
