import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { program } from '../program.ts';
import { commandTable } from './commandTable.ts';
import { SCRIPTS } from './scripts.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'completion-'));
const table = commandTable(program());
const scriptOf = (shell: string): string => path.join(folder, `understory.${shell}`);

beforeAll(() => {
  for (const [shell, write] of Object.entries(SCRIPTS)) writeFileSync(scriptOf(shell), write(table));
  writeFileSync(path.join(folder, 'my photos.yaml'), 'dataset: emoji\n');
});

const has = (shell: string): boolean => spawnSync(shell, ['--version']).status === 0;

const run = (shell: string, args: readonly string[]): string => {
  const { status, stdout, stderr } = spawnSync(shell, args, { cwd: folder, encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout;
};

const inBash = (words: readonly string[]): string[] => {
  const line = words.map((word) => `'${word}'`).join(' ');
  const ask = `source understory.bash; COMP_WORDS=(${line}); COMP_CWORD=${words.length - 1}; _understory; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return run('bash', ['--norc', '-c', ask]).trim().split('\n');
};

describe('the table of commands', () => {
  it('has every command with its options, and what a shell would stumble over in none of their words', () => {
    const paths = table.map((entry) => entry.path);
    expect(paths).toContain('/data/get');
    for (const { commands, path: at } of table)
      for (const { name } of commands) if (name !== 'help') expect(paths).toContain(`${at}/${name}`);
    const words = table.flatMap(({ about, options }) => [about, ...options.map((option) => option.about)]);
    for (const word of words) expect(word).not.toMatch(/['"`$\\]/);
  });
});

describe.runIf(has('bash'))('in bash', () => {
  it('completes every command, and every option of each', () => {
    for (const { path: at, commands, options } of table) {
      const words = ['understory', ...at.split('/').slice(1)];
      expect(inBash([...words, '-']), at).toEqual(options.flatMap(({ flags }) => flags));
      if (commands.length > 0) expect(inBash([...words, '']), at).toEqual(commands.map(({ name }) => name));
    }
  });

  it('completes values: the choices of an option, files with blanks in their names, folders', () => {
    expect(inBash(['understory', 'train', 'a.yaml', '--from', 'b'])).toEqual(['best']);
    expect(inBash(['understory', 'train', 'my'])).toEqual(['my photos.yaml']);
    expect(inBash(['understory', 'train', '--epochs=3', '--runs', 'my'])).toEqual(['']);
    expect(inBash(['understory', 'completion', ''])).toEqual(['bash', 'zsh', 'fish']);
  });
});

describe.runIf(has('zsh'))('in zsh', () => {
  it('completes commands, options and values', () => {
    const ask = (line: string): string =>
      run('zsh', [
        '-f',
        '-c',
        `compdef() { : }; _describe() { print -l -- "\${(@P)argv[-1]}" }; compadd() { print -l -- "$@" }; ` +
          `source ${scriptOf('zsh')}; words=(${line}); CURRENT=$#words; _understory`,
      ]);
    expect(ask("understory ''")).toMatch(/^train:train a network/m);
    expect(ask('understory train --')).toMatch(/^--dry-run:/m);
    expect(ask("understory train --from ''")).toMatch(/^previous$/m);
    expect(ask("understory data ''")).toMatch(/^pack:/m);
  });
});

describe.runIf(has('fish'))('in fish', () => {
  it('completes commands, options and values', () => {
    const ask = (line: string): string =>
      run('fish', ['--no-config', '-c', `source ${scriptOf('fish')}; complete -C '${line}'`]);
    expect(ask('understory tr')).toMatch(/^train\t/m);
    expect(ask('understory train --dr')).toMatch(/^--dry-run\t/m);
    expect(ask('understory train --from ')).toMatch(/^previous\t/m);
    expect(ask('understory data ')).toMatch(/^pack\t/m);
  });
});
