import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const files = ['native', 'src/compile'].flatMap((folder) =>
  readdirSync(root + folder, { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
);
const texts = new Map(
  files.filter((name) => /\.\w+$/.test(name)).map((name) => [name, readFileSync(root + name, 'utf8')]),
);

const matching = (pattern: string): string[] => {
  const whole = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^/.]*')}$`);
  return [...texts.keys()].filter((name) => whole.test(name));
};

/** What a pattern's first group finds in files. */
const found = (pattern: string, wanted: RegExp): string[] =>
  matching(pattern).flatMap((name) =>
    [...texts.get(name)!.matchAll(wanted)].map((match) => match.slice(1).find(Boolean)!),
  );

const unique = (names: readonly string[]): string[] => [...new Set(names)].sort();

/** What an addition is called, in the words of the README's tables. */
type Names = Readonly<Record<string, string>>;

const snake = (name: string): string => name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase();
const pascal = (name: string): string =>
  name.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Kernels that any of their places knows. */
const kernels = unique([
  ...matching('native/*_impl.h').map((name) => pascal(/(\w+)_impl/.exec(name)![1]!)),
  ...found('native/offered.h', /"(\w+)_impl\.h"/g).map(pascal),
  ...found('native/*.h', /\bFind(\w+)\(/g),
  ...found('native/*.cc', /\bFind(\w+)(?:<\w+>)?\(/g),
  ...found(
    'native/offered.h',
    /_ONE\((\w+), Set, (?:float|BFloat16)\)|^ +UNDERSTORY_OFFER_FLOATS\((\w+), Set\)/gm,
  ),
]);
const registers = unique([
  ...found('native/*_ops.cc', /^void (Register\w+)\(\)/gm),
  ...found('native/kernel.h', /^void (Register\w+)\(\)/gm),
  ...found('native/addon.cc', /understory::(Register\w+)\(\)/g),
]);
const ops = unique(
  [
    ...found('native/*_ops.cc', /"(Understory\w+)"/g),
    ...found('src/compile/*/*.ts', /['`](Understory[A-Z]\w+)/g),
  ].map((op) => op.replace(/(?:Input|Filter)?Grad$/, '')),
);

/** Functions of a type that the files of a folder export. */
const exported = (folder: string, kind: string): Names[] =>
  matching(`src/compile/${folder}/*.ts`).flatMap((name) =>
    found(name, new RegExp(`export const (\\w+)(?:: ${kind} =|\\s*=\\s*\\([^)]*\\): ${kind} =>)`, 'g')).map(
      (fn) => ({
        [kind.toLowerCase()]: fn,
        file: /(\w+)\.ts$/.exec(name)![1]!,
      }),
    ),
  );

const ADDITIONS: Readonly<Record<string, readonly Names[]>> = {
  'A rewrite': exported('rewrites', 'Rewrite'),
  'A pass': exported('passes', 'Pass'),
  'A kernel': [
    ...kernels.map((name) => ({ Kernel: name, kernel: snake(name) })),
    ...registers.map((Register) => ({ Register })),
    ...ops.map((Op) => ({ Op })),
  ],
};

const quoted = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text!);

/** The rows of the README's table under a heading: patterns of files, and what each must name. */
const rowsOf = (heading: string): { readonly patterns: string[]; readonly names: string[] }[] => {
  const section = readFileSync(`${root}README.md`, 'utf8').split(`\n### ${heading}\n`)[1]!.split('\n#')[0]!;
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  return rows.map((row) => {
    const [, patterns = '', names = ''] = row.split('|');
    return { patterns: quoted(patterns), names: quoted(names) };
  });
};

/** Whether the row speaks of such an addition: it uses none but its words, and one of them. */
const speaksOf = (row: ReturnType<typeof rowsOf>[number], names: Names): boolean => {
  const words = [...row.patterns, ...row.names].flatMap((text) =>
    [...text.matchAll(/<(\w+)>/g)].map(([, word]) => word!),
  );
  return words.length > 0 && words.every((word) => word in names);
};

const filled = (text: string, names: Names): string =>
  text.replace(/<(\w+)>/g, (_, word: string) => names[word]!);

/** Places that lack what they should name. */
const missing = (heading: string, names: Names): string[] =>
  rowsOf(heading)
    .filter((row) => speaksOf(row, names))
    .flatMap((row) =>
      row.patterns.flatMap((pattern) => {
        const at = filled(pattern, names);
        return row.names
          .map((name) => filled(name, names))
          .filter((name) => {
            const word = new RegExp(`(?<!\\w)${name.replaceAll('.', '\\.')}(?!\\w)`);
            return !matching(at).some((file) => word.test(texts.get(file)!));
          })
          .map((name) => `${at} lacks ${name}`);
      }),
    );

describe.each(Object.entries(ADDITIONS))('%s', (heading, additions) => {
  it('is found', () => {
    expect(additions.length).toBeGreaterThan(2);
    expect(rowsOf(heading).length).toBeGreaterThan(2);
  });

  it.each(additions.map((names) => [Object.values(names)[0]!, names] as const))(
    '%s stands wherever the README says',
    (_, names) => {
      expect(rowsOf(heading).some((row) => speaksOf(row, names))).toBe(true);
      expect(missing(heading, names)).toEqual([]);
    },
  );
});
