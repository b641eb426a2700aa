import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '@understory/config/node';
import * as core from '@understory/core';
import type { Token } from '@understory/core';
import { openRegistry } from '@understory/runs';
import { program } from './program.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const readmes = ['packages', 'examples']
  .flatMap((folder) => readdirSync(path.join(root, folder)).map((name) => `${folder}/${name}/README.md`))
  .concat('README.md', 'docs/guide/migration.md')
  .filter((file) => existsSync(path.join(root, file)));

interface Block {
  /** `packages/core/README.md#1` */
  readonly name: string;
  readonly text: string;
}

/** The fenced blocks of one language in every README. */
const blocks = (language: string): Block[] =>
  readmes.flatMap((readme) => {
    const text = readFileSync(path.join(root, readme), 'utf8');
    const fence = new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm');
    return [...text.matchAll(fence)].map((match, i) => ({
      name: `${readme}#${i + 1}`,
      text: match[1]!,
    }));
  });

/** Checks all snippets in one program, against the packages as they are built. */
const typeErrors = (snippets: readonly Block[]): string[] => {
  const texts = new Map(snippets.map(({ text }, i) => [path.join(root, `readme-${i}.ts`), text]));
  const base = ts.readConfigFile(path.join(root, 'tsconfig.base.json'), (file) => readFileSync(file, 'utf8'));
  const { options } = ts.parseJsonConfigFileContent(base.config, ts.sys, root);
  const paths = {
    '@understory/core/testing': ['./packages/core/dist/testing/index.d.ts'],
    '@understory/losses/plugins': ['./packages/losses/dist/plugins/index.d.ts'],
    '@understory/*/node': ['./packages/*/dist/node/index.d.ts'],
    '@understory/*': ['./packages/*/dist/index.d.ts'],
  };
  const settings = { ...options, noEmit: true, composite: false, declaration: false, declarationMap: false };
  const all = { ...settings, customConditions: [], paths, baseUrl: root };
  const host = ts.createCompilerHost(all);
  host.readFile = (file) => texts.get(file) ?? ts.sys.readFile(file);
  host.fileExists = (file) => texts.has(file) || ts.sys.fileExists(file);
  const checked = ts.createProgram([...texts.keys()], all, host);
  return ts.getPreEmitDiagnostics(checked).flatMap(({ file, start, messageText }) => {
    if (!file || !texts.has(file.fileName)) return [];
    const line = file.getLineAndCharacterOfPosition(start ?? 0).line;
    const said = ts.flattenDiagnosticMessageText(messageText, ' ');
    const { name } = snippets[[...texts.keys()].indexOf(file.fileName)]!;
    return [`${name}: ${said}: ${file.text.split('\n')[line]!.trim()}`];
  });
};

const isToken = (value: unknown): value is Token<unknown> =>
  typeof value === 'object' && value !== null && 'key' in value && Object.keys(value).length === 1;

it("core's README names every token", () => {
  const text = readFileSync(path.join(root, 'packages/core/README.md'), 'utf8');
  const tokens = Object.entries(core).flatMap(([name, value]) => (isToken(value) ? [name] : []));
  expect(tokens).toContain('QUEUE_LOSS');
  expect(tokens.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
});

describe('every README', () => {
  it('holds TypeScript that type-checks', () => {
    const snippets = blocks('ts');
    expect(snippets.length).toBeGreaterThan(12);
    expect(typeErrors(snippets)).toEqual([]);
  });

  it('holds configs that are accepted', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'readmes-'));
    for (const [i, { name, text }] of blocks('yaml').entries()) {
      const file = path.join(folder, `${i}.yaml`);
      writeFileSync(file, text);
      await expect(loadConfig(file, [], openRegistry), name).resolves.toHaveProperty('config.dataset');
    }
  });

  it('names commands and options that exist', () => {
    const lines = blocks('sh').flatMap(({ name, text }) =>
      [...text.matchAll(/^(?:npx )?understory ([^#\n]*)/gm)].map((m) => ({
        name,
        words: m[1]!.trim().split(/\s+/),
      })),
    );
    expect(lines.length).toBeGreaterThan(8);
    for (const { name, words } of lines) {
      let command = program();
      for (const word of words) {
        const next = command.commands.find((c) => c.name() === word);
        if (!next) break;
        command = next;
      }
      expect(command.parent, `${name}: ${words.join(' ')}`).toBeTruthy();
      const known = command.options.map((o) => o.long);
      for (const word of words.filter((w) => w.startsWith('--'))) {
        expect(known, `${name}: ${words.join(' ')}`).toContain(word.split('=')[0]);
      }
    }
  });
});
