import { stripVTControlCharacters } from 'node:util';
import type { Command } from 'commander';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { program } from './program.ts';
import { fittingTable, textTable } from './text.ts';

const WIDTHS = [40, 80, 120];

const commandsOf = (command: Command): Command[] => [command, ...command.commands.flatMap(commandsOf)];

/** Every command's `--help`, one after the other. */
const wholeHelp = (): string => {
  let told = '';
  for (const command of commandsOf(program())) {
    command.configureOutput({ writeOut: (text) => void (told += text) });
    command.outputHelp();
    told += '\n';
  }
  return told;
};

const streams = [process.stdout, process.stderr];

/** What help says in a terminal of so many columns. */
const helpInTerminal = (columns: number): string => {
  const before = streams.map((stream) => [stream.isTTY, stream.columns] as const);
  const put = (at: number, isTTY: boolean, wide: number): void => {
    const stream = streams[at];
    if (stream) Object.assign(stream, { isTTY, columns: wide });
  };
  streams.forEach((_, i) => {
    put(i, true, columns);
  });
  try {
    return wholeHelp();
  } finally {
    before.forEach(([isTTY, wide], i) => {
      put(i, isTTY, wide);
    });
  }
};

afterEach(() => {
  vi.unstubAllEnvs();
});

describe.each(WIDTHS)('help at %i columns', (columns) => {
  it('is as it was read', async () => {
    vi.stubEnv('COLUMNS', String(columns));
    vi.stubEnv('FORCE_COLOR', undefined);
    await expect(wholeHelp()).toMatchFileSnapshot(`../testdata/help/${columns}.txt`);
  });

  it('is the same in a terminal of that width, whose titles stand out', () => {
    vi.stubEnv('COLUMNS', '33');
    vi.stubEnv('TERM', 'xterm');
    const told = helpInTerminal(columns);
    expect(told).toContain('\u001b[1m');
    vi.stubEnv('COLUMNS', String(columns));
    expect(stripVTControlCharacters(told)).toBe(wholeHelp());
  });

  it('stays within them, but for words and commands that are longer', () => {
    vi.stubEnv('COLUMNS', String(columns));
    const long = wholeHelp()
      .split('\n')
      .filter((line) => line.length > columns && /\S +\S/.test(line.trim().slice(0, columns - 12)));
    const free = long.filter((line) => !/^( {2}understory|Usage:| {2}[\w[<-])/.test(line));
    expect(free).toEqual([]);
  });
});

describe('colour', () => {
  const bold = '\u001b[1m';
  const help = (env: Record<string, string | undefined>): string => {
    for (const name of ['NO_COLOR', 'FORCE_COLOR']) vi.stubEnv(name, env[name]);
    return wholeHelp();
  };

  it('is in no output that goes elsewhere, unless FORCE_COLOR asks; NO_COLOR is stronger', () => {
    expect(help({})).not.toContain(bold);
    expect(help({ FORCE_COLOR: '1' })).toContain(bold);
    expect(help({ FORCE_COLOR: '0' })).not.toContain(bold);
    expect(help({ FORCE_COLOR: '1', NO_COLOR: '1' })).not.toContain(bold);
  });

  it('changes no letter', () => {
    expect(stripVTControlCharacters(help({ FORCE_COLOR: '1' }))).toBe(help({ FORCE_COLOR: '0' }));
  });
});

describe('tables', () => {
  const header = ['run', 'accuracy', 'what'];
  const rows = [['flowers', '71.2 %', 'a network that was trained for a while and then some more']];

  it.each([...WIDTHS, 20])('stay within a terminal of %i columns, with every word', (columns) => {
    for (const table of [textTable, fittingTable]) {
      const text = stripVTControlCharacters(table(header, rows, columns));
      for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
      for (const word of rows.flat().join(' ').split(' ')) expect(text).toContain(word);
    }
  });
});
