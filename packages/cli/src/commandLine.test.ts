import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Argument, Command, Option } from 'commander';
import {
  captureOutput,
  prepareGround,
  temporaryFolder,
  type Ground,
  type Said,
} from '@understory/runs/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { takeOf, type Kind } from './arguments/take.ts';
import { program } from './program.ts';
import { main } from './main.ts';

const capture = (...argv: readonly string[]): Promise<Said> => captureOutput(() => main(argv));

const LONG = 'x'.repeat(5000);

/** What every path must be refused as, whether it is read or written. */
const noPlace = (folder: string): string[] => [
  '',
  '  ',
  LONG,
  path.join(folder, 'y'.repeat(300)),
  path.join(folder, 'dangling'),
  path.join(folder, 'loop'),
  path.join(folder, 'config.yaml', 'below-a-file'),
];

/** Values that an argument of a kind must refuse, before TensorFlow is loaded. */
const badValues = (kind: Kind | 'choice', { folder }: Ground): readonly string[] => {
  const at = (...names: string[]): string => path.join(folder, ...names);
  const garbage = ['yaml', 'json', 'png', 'safetensors'].map((end) => at(`garbage.${end}`));
  const values: Readonly<Record<Kind | 'choice', readonly string[]>> = {
    'input-file': [...noPlace(folder), at('missing'), at('empty'), ...garbage],
    'input-folder': [...noPlace(folder), at('missing'), at('config.yaml')],
    'input-path': [...noPlace(folder), at('missing')],
    'output-file': [...noPlace(folder), at('empty'), at('missing', 'file'), at('new/')],
    'output-folder': [...noPlace(folder), at('config.yaml')],
    number: ['', ' ', 'x', '-1', '1.5', '0x10', 'NaN', 'Infinity', '1e3', '99999999999999999999', LONG],
    text: ['', ' ', LONG.repeat(3), at('missing')],
    choice: ['', 'x', LONG],
  };
  return values[kind];
};

const ground = prepareGround(temporaryFolder());

/** What a command's other arguments are, by name; a name that is not here gets a path that does not exist. */
const SOUND: Readonly<Record<string, string>> = {
  config: ground.config,
  configs: ground.config,
  run: ground.run,
  images: `${ground.folder}/garbage.png`,
  table: 'supervision-resnet18',
  backbone: 'resnet18',
  file: ground.weights,
  in: ground.weights,
  out: `${ground.folder}/out.safetensors`,
};
const sound = (name: string): string => SOUND[name] ?? `${ground.folder}/missing`;

const leaves = (
  command: Command,
  names: readonly string[] = [],
): (readonly [Command, readonly string[]])[] =>
  command.commands.length === 0
    ? [[command, names] as const]
    : command.commands.flatMap((c) => leaves(c, [...names, c.name()]));

const takesValue = (option: Option): boolean => option.required || option.optional;
const kindOf = (slot: Option | Argument): Kind | 'choice' | undefined =>
  slot.argChoices ? 'choice' : takeOf(slot).kind;

/** A place of a command line that takes a value, and the line with a value there. */
interface Slot {
  readonly title: string;
  readonly name: string;
  readonly kind: Kind | 'choice' | undefined;
  readonly line: (value: string) => readonly string[];
}

const slotsOf = ([command, names]: readonly [Command, readonly string[]]): Slot[] => {
  const given = command.registeredArguments;
  const needed = command.options
    .filter((o) => o.mandatory)
    .flatMap((o) => [o.long!, sound(o.attributeName())]);
  const required = given.filter((a) => a.required).map((a) => sound(a.name()));
  const title = names.join(' ');
  return [
    ...given.map((argument, at) => ({
      title: `${title} <${argument.name()}>`,
      name: argument.name(),
      kind: kindOf(argument),
      line: (value: string) => [
        ...names,
        ...needed,
        '--',
        ...given.flatMap((a, i) => (i === at ? [value] : a.required ? [sound(a.name())] : [])),
      ],
    })),
    ...command.options.filter(takesValue).map((option) => ({
      title: `${title} ${option.long!}`,
      name: option.long!,
      kind: kindOf(option),
      line: (value: string) => [...names, ...needed, `${option.long!}=${value}`, '--', ...required],
    })),
  ];
};

const slots = leaves(program()).flatMap(slotsOf);

/** What is wrong with how a bad value was refused. */
const faults = ({ code, stderr, milliseconds }: Said, { name }: Slot, value: string): string[] => {
  const told = stderr.trim();
  // A path may be told as it is seen from the working directory.
  const seen = path.isAbsolute(value) ? path.basename(value) : value;
  const named = told.includes(name) || told.includes(seen.slice(0, 60).trim() || name);
  return [
    ...(code === 0 ? ['exit code 0'] : []),
    ...(code === 70 ? ['is told as a fault in the software'] : []),
    ...(told === '' ? ['says nothing'] : []),
    ...(told.length < 400 ? [] : [`${told.length} characters`]),
    ...(/^\s+at .*:\d+/m.test(told) ? ['shows a stack'] : []),
    ...(named ? [] : ['names neither the argument nor its value']),
    ...(milliseconds < 10_000 ? [] : [`${Math.round(milliseconds)} ms`]),
  ];
};

/** Of TensorFlow's library, in this process's memory; none where the system does not say. */
const nativeMappings = (): number => {
  try {
    return readFileSync('/proc/self/maps', 'utf8').split('libtensorflow').length - 1;
  } catch {
    return 0;
  }
};

beforeAll(async () => {
  // Loading a command's modules is no part of its answer.
  for (const { line } of slots) await capture(...line(''), '--help');
  await capture('list');
});

describe('every argument of every command', () => {
  it('says what it takes', () => {
    expect(slots.filter(({ kind }) => kind === undefined).map(({ title }) => title)).toEqual([]);
    expect(slots.length).toBeGreaterThan(50);
  });

  it.each(slots.map((slot) => [slot.title, slot] as const))(
    'is refused in one message: %s',
    async (_, slot) => {
      const before = nativeMappings();
      const wrong: string[] = [];
      for (const value of badValues(slot.kind ?? 'text', ground)) {
        const said = await capture(...slot.line(value));
        const found = faults(said, slot, value);
        if (found.length > 0)
          wrong.push(`"${value.slice(0, 80)}": ${found.join(', ')}: ${said.stderr.slice(0, 300)}`);
      }
      expect(wrong).toEqual([]);
      expect(nativeMappings()).toBe(before);
    },
  );
});
