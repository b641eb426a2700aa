import type { Argument, Command, Option } from 'commander';
import { takeOf, type Kind } from '../arguments/take.ts';

/** What may stand where a value is asked for. */
export type Values = 'files' | 'folders' | 'nothing' | readonly string[];

export interface OptionEntry {
  /** `--runs`, or `-h`. */
  readonly flags: readonly string[];
  readonly about: string;
  /** What it takes; undefined where it is a flag. */
  readonly takes: Values | undefined;
}

/** A command, or a group of them, as completion knows it. */
export interface CommandEntry {
  /** Names from the root on, each behind a stroke: `/data/get`; empty for the root. */
  readonly path: string;
  readonly about: string;
  readonly commands: readonly { readonly name: string; readonly about: string }[];
  readonly options: readonly OptionEntry[];
  /** What its arguments may be. */
  readonly takes: Values;
}

const KINDS: Readonly<Record<Kind, Values>> = {
  'input-file': 'files',
  'input-path': 'files',
  'output-file': 'files',
  'input-folder': 'folders',
  'output-folder': 'folders',
  number: 'nothing',
  text: 'nothing',
};

const valuesOf = (slot: Option | Argument): Values => {
  if (slot.argChoices) return slot.argChoices;
  const { kind, files } = takeOf(slot);
  if (files === true) return 'files';
  return kind === undefined ? 'nothing' : KINDS[kind];
};

/** Words without what a shell would read in them. */
const plain = (text: string): string => text.replaceAll(/['"`$\\[\]:;]/g, '').replaceAll(/\s+/g, ' ');

const optionOf = (option: Option): OptionEntry => ({
  flags: [option.long, option.short].filter((flag) => flag !== undefined),
  about: plain(option.description),
  takes: option.required || option.optional ? valuesOf(option) : undefined,
});

/** Most telling of several arguments: completion does not count them. */
const ofArguments = (all: readonly Argument[]): Values => {
  const values = all.map(valuesOf);
  const choices = values.flatMap((one) => (typeof one === 'string' ? [] : one));
  if (choices.length > 0) return choices;
  return values.includes('files') ? 'files' : values.includes('folders') ? 'folders' : 'nothing';
};

/** Every command of a tree, the root first. */
export const commandTable = (command: Command, path = ''): CommandEntry[] => {
  const helper = command.createHelp();
  const children = helper.visibleCommands(command);
  return [
    {
      path,
      about: plain(command.description()),
      commands: children.map((child) => ({ name: child.name(), about: plain(child.description()) })),
      options: helper.visibleOptions(command).map(optionOf),
      takes: ofArguments(command.registeredArguments),
    },
    ...command.commands.flatMap((child) => commandTable(child, `${path}/${child.name()}`)),
  ];
};
