/** A word of a command as a shell takes it. */
const quoted = (word: string): string =>
  /^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

/** A command line that does again what was done; an option that has its default is left out. */
export const shellCommand = (
  words: readonly string[],
  { set, runs }: { readonly set: readonly string[]; readonly runs: string },
): string =>
  [
    ...words.map(quoted),
    ...set.flatMap((one) => ['--set', quoted(one)]),
    ...(runs === 'runs' ? [] : ['--runs', quoted(runs)]),
  ].join(' ');
