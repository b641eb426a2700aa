/** One command of a block of shell: its words, and the line that it is on. */
export interface ShellCommand {
  readonly words: readonly string[];
  readonly text: string;
}

/** Words as a shell takes them: quotes hold spaces together, and `#` begins a comment. */
const wordsOf = (line: string): readonly string[] => {
  const found = line.matchAll(/(?:[^\s'"#]|(?<=\S)#|'[^']*'|"(?:[^"\\]|\\.)*")+|#.*$/g);
  const words = [...found].map(([word]) => word).filter((word) => !/^#/.test(word));
  return words.map((word) =>
    word.replaceAll(
      /'([^']*)'|"((?:[^"\\]|\\.)*)"/g,
      (_, one: string | undefined, two: string) => one ?? two,
    ),
  );
};

/** All commands of a block: lines that end in `\` go on, and `&&` stands between two. */
export const shellCommands = (block: string): readonly ShellCommand[] =>
  block
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .map((line) => line.replace(/^\$ /, ''))
    .flatMap((line) => line.split(/\s&&\s/))
    .map((text) => ({ text: text.trim(), words: wordsOf(text) }))
    .filter(({ words }) => words.length > 0);
