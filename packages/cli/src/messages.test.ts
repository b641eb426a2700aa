import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { configSchema, optionsSchema } from '@understory/config';
import { defaultPlugins } from '@understory/recipes';
import { createRegistry } from '@understory/registry';
import type { Command } from 'commander';
import { program } from './program.ts';

/** A text of the source: what stands between its values is told by "…". */
interface Text {
  readonly file: string;
  readonly text: string;
}

const packages = path.resolve(import.meta.dirname, '../..');

// Reports and the live page are markup, and tell nobody what to do; create-plugin is a command of its own.
const APART = /^(report|dashboard\/src\/view|create-plugin)\//;
const isSource = (file: string): boolean =>
  /^[\w-]+\/src\/.*\.ts$/.test(file) && !/\.test\.|\/testing\//.test(file) && !APART.test(file);

/** Texts that say what a command's own arguments are: these are what the others are looked up in. */
const isDefinition = ({ parent }: ts.Node): boolean =>
  ts.isCallExpression(parent) &&
  ts.isPropertyAccessExpression(parent.expression) &&
  /^(option|requiredOption|argument|command|describe)$/.test(parent.expression.name.text);

const textOf = (node: ts.Node): string | undefined => {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('…');
};

const textsIn = (file: string): Text[] => {
  const source = ts.createSourceFile(
    file,
    readFileSync(path.join(packages, file), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  const found: Text[] = [];
  const visit = (node: ts.Node): void => {
    const text = textOf(node);
    if (text?.includes(' ') && !isDefinition(node)) found.push({ file, text });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
};

// Packages link to each other, so only their sources are walked: everything below would have no end.
const sourcesOf = (name: string): string[] => {
  const folder = path.join(packages, name, 'src');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => `${name}/src/${file}`);
};

const texts = readdirSync(packages)
  .flatMap(sourcesOf)
  .map((file) => file.replaceAll(path.sep, '/'))
  .filter((file) => isSource(file))
  .flatMap(textsIn);

const commandOf = (words: readonly string[]): Command => {
  let command = program();
  for (const word of words) {
    const next = command.commands.find((one) => one.name() === word);
    if (!next) return command;
    command = next;
  }
  return command;
};

const optionsOf = (command: Command): string[] => [
  '--help',
  ...command.options.flatMap(({ long }) => long ?? []),
];

const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];
const everyOption = new Set(all(program()).flatMap(optionsOf));

const flagsIn = (text: string): string[] => text.match(/(?<![\w-])--[a-z][\w-]*/g) ?? [];

/** Without the command lines of other programs. */
const ownWords = (text: string): string => text.replaceAll(/`(?!understory)[^`]*`/g, '');

/** Options of programs that Understory runs, or names where the text does not mark them as a command line. */
const FOREIGN = new Set(['--ignore-scripts', '--input_format']);

/** Every word that a config can hold: keys, options of plugins, their names and their choices. */
const wordsOf = (schema: unknown): string[] => {
  if (Array.isArray(schema)) return schema.flatMap(wordsOf);
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) => {
    if (key === 'properties')
      return [...Object.keys(value as object), ...wordsOf(Object.values(value as object))];
    if (key === 'enum' || key === 'const') return [value].flat().map(String);
    return wordsOf(value);
  });
};

const registry = createRegistry(defaultPlugins);
const known = new Set([
  ...wordsOf(configSchema(registry)),
  ...defaultPlugins.flatMap(({ name, options }) => [name, ...wordsOf(optionsSchema(options))]),
  ...registry.kinds(),
]);

/** Words in quotes that are none of a config: folders, devices, a way of naming weights; keys of TF_CONFIG, and of export.json. */
const OTHER_WORDS = new Set([
  ...['results', 'folder', 'cpu', 'gpu', 'meta', 'understory'],
  ...['cluster', 'worker', 'type', 'index'],
  ...['files', 'outputs', 'written'],
]);
const isFile = (word: string): boolean => /\.(safetensors|pth|csv)$/.test(word);

describe('what a message names exists', () => {
  it('has a few hundred texts to look at', () => {
    expect(texts.length).toBeGreaterThan(300);
  });

  it('commands, and their options', () => {
    const wrong = texts.flatMap(({ file, text }) =>
      [...text.matchAll(/(?<=^|[\s`:(])understory (?=[a-z])([^`.;,]*)/g)].flatMap(([line, rest = '']) => {
        const words = rest.trim().split(/\s+/);
        const command = commandOf(words);
        const options = optionsOf(command);
        const strange = flagsIn(rest).filter((flag) => !options.includes(flag));
        return command.parent && strange.length === 0 ? [] : [{ file, line }];
      }),
    );
    expect(wrong).toEqual([]);
  });

  it('options of the command line', () => {
    const wrong = texts.flatMap(({ file, text }) =>
      flagsIn(ownWords(text))
        .filter((flag) => !everyOption.has(flag) && !FOREIGN.has(flag))
        .map((flag) => ({ file, flag })),
    );
    expect(wrong).toEqual([]);
  });

  it('keys of a config, options of plugins, and their choices', () => {
    const wrong = texts.flatMap(({ file, text }) =>
      // An attribute of a drawing is no key.
      [...text.matchAll(/(?<!(?:class|anchor)=)"([a-z][A-Za-z]*(?:\.[a-z][A-Za-z]*)*)"/g)]
        .flatMap(([, word = '']) => (isFile(word) ? [] : word.split('.')))
        .filter((word) => !known.has(word) && !OTHER_WORDS.has(word))
        .map((word) => ({ file, word, text })),
    );
    expect(wrong).toEqual([]);
  });

  it('keys in examples of --set', () => {
    const wrong = texts.flatMap(({ file, text }) =>
      [...text.matchAll(/--set ([a-z][A-Za-z]*(?:\.[a-z][A-Za-z]*)*)=/g)]
        .flatMap(([, keys = '']) => keys.split('.'))
        .filter((word) => !known.has(word) && word !== 'key')
        .map((word) => ({ file, word })),
    );
    expect(wrong).toEqual([]);
  });
});
