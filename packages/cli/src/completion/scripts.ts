import type { CommandEntry, OptionEntry, Values } from './commandTable.ts';

type Table = readonly CommandEntry[];

/** `/train)` and the like: what `shape` makes of each command, one a line, without those that give nothing. */
const cases = (table: Table, shape: (entry: CommandEntry) => string): string =>
  table
    .flatMap((entry) => {
      const said = shape(entry);
      return said === '' ? [] : [`    '${entry.path}') ${said} ;;`];
    })
    .join('\n');

/** Options with values, each a case of command and flag. */
const valueCases = (table: Table, shape: (values: Values) => string): string =>
  table
    .flatMap(({ path, options }) =>
      options.flatMap(({ flags, takes }) =>
        takes === undefined
          ? []
          : [`    ${flags.map((flag) => `'${path} ${flag}'`).join('|')}) ${shape(takes)}; return ;;`],
      ),
    )
    .join('\n');

const pathsOf = (table: Table): string =>
  table.flatMap(({ path }) => (path === '' ? [] : [`'${path}'`])).join('|');

const flagsOf = (options: readonly OptionEntry[]): string => options.flatMap(({ flags }) => flags).join(' ');

const bashValues = (values: Values): string => {
  if (values === 'nothing') return ':';
  // Names of files may hold blanks, so they are told apart by lines.
  if (typeof values === 'string') {
    const kind = values === 'folders' ? '-d' : '-f';
    return `IFS=$'\\n'; compopt -o filenames 2> /dev/null; COMPREPLY=($(compgen ${kind} -- "$cur"))`;
  }
  return `COMPREPLY=($(compgen -W '${values.join(' ')}' -- "$cur"))`;
};

const bash = (
  table: Table,
): string => `# bash completion of understory. To have it: understory completion bash >> ~/.bashrc
_understory() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" at="" i IFS=$' \\t\\n'
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at/\${COMP_WORDS[i]}" in
      ${pathsOf(table)}) at="$at/\${COMP_WORDS[i]}" ;;
    esac
  done
  case "$at $before" in
${valueCases(table, bashValues)}
  esac
  if [[ $cur == -* ]]; then
    case "$at" in
${cases(table, ({ options }) => `COMPREPLY=($(compgen -W '${flagsOf(options)}' -- "$cur"))`)}
    esac
    return
  fi
  case "$at" in
${cases(table, ({ commands, takes }) => bashValues(commands.length > 0 ? commands.map(({ name }) => name) : takes))}
  esac
}
complete -F _understory understory
`;

const described = (rows: readonly (readonly [name: string, about: string])[]): string =>
  rows.map(([name, about]) => `'${name}:${about}'`).join(' ');

const zshValues = (values: Values): string => {
  if (values === 'nothing') return ':';
  if (values === 'folders') return '_files -/';
  return values === 'files' ? '_files' : `compadd -- ${values.map((value) => `'${value}'`).join(' ')}`;
};

const zshCommands = ({ commands, takes }: CommandEntry): string =>
  commands.length === 0
    ? zshValues(takes)
    : `found=(${described(commands.map(({ name, about }) => [name, about]))}); _describe command found`;

const zsh = (table: Table): string => `#compdef understory
# zsh completion of understory. To have it: understory completion zsh > _understory, in a folder of $fpath
_understory() {
  local at="" before="\${words[CURRENT-1]}" cur="\${words[CURRENT]}" i
  local -a found
  for ((i = 2; i < CURRENT; i++)); do
    case "$at/\${words[i]}" in
      ${pathsOf(table)}) at="$at/\${words[i]}" ;;
    esac
  done
  case "$at $before" in
${valueCases(table, zshValues)}
  esac
  if [[ $cur == -* ]]; then
    case "$at" in
${cases(
  table,
  ({ options }) =>
    `found=(${described(options.flatMap(({ flags, about }) => flags.map((flag) => [flag, about] as const)))}); _describe -o option found`,
)}
    esac
    return
  fi
  case "$at" in
${cases(table, zshCommands)}
  esac
}
if [[ "\${zsh_eval_context[-1]}" == loadautofunc ]]; then
  _understory "$@"
else
  compdef _understory understory
fi
`;

const fishTakes = (values: Values): string => {
  if (values === 'files') return ' -r -F';
  if (values === 'folders') return " -x -a '(__fish_complete_directories)'";
  return values === 'nothing' ? ' -x' : ` -x -a '${values.join(' ')}'`;
};

const fishOption = (path: string, { flags, about, takes }: OptionEntry): string => {
  const named = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  const values = takes === undefined ? '' : fishTakes(takes);
  return `complete -c understory -n '__understory_at "${path}"' ${named.join(' ')}${values} -d '${about}'`;
};

const fishLines = ({ path, commands, options, takes }: CommandEntry): string[] => {
  const here = `complete -c understory -n '__understory_at "${path}"'`;
  const named = commands.map(({ name, about }) => `${here} -f -a '${name}' -d '${about}'`);
  const own =
    takes === 'files'
      ? `${here} -F`
      : takes === 'folders'
        ? `${here} -f -a '(__fish_complete_directories)'`
        : '';
  const chosen = typeof takes === 'string' ? own : `${here} -f -a '${takes.join(' ')}'`;
  return [
    ...(commands.length > 0 ? named : [chosen === '' ? `${here} -f` : chosen]),
    ...options.map((option) => fishOption(path, option)),
  ];
};

const fish = (
  table: Table,
): string => `# fish completion of understory. To have it: understory completion fish > ~/.config/fish/completions/understory.fish
function __understory_at
  set -l at ''
  for word in (commandline -opc)[2..-1]
    switch "$at/$word"
      case ${pathsOf(table).replaceAll('|', ' ')}
        set at "$at/$word"
    end
  end
  test "$at" = "$argv[1]"
end
${table.flatMap(fishLines).join('\n')}
`;

/** Scripts that complete the command line in a shell, by its name. */
export const SCRIPTS: Readonly<Record<string, (table: Table) => string>> = { bash, zsh, fish };
