const LEAST = 20;

const counted = (value: string | undefined): number | undefined => {
  const columns = Number(value);
  return Number.isInteger(columns) && columns > 0 ? columns : undefined;
};

/** Columns of the terminal, or what COLUMNS says where output goes elsewhere; undefined where nobody says. */
export const columnsOf = (stream: NodeJS.WriteStream = process.stdout): number | undefined => {
  const columns = stream.isTTY ? stream.columns : counted(process.env['COLUMNS']);
  return columns === undefined || columns <= 0 ? undefined : Math.max(LEAST, columns);
};

/** A text in lines of so many columns at most, cut at blanks; those after the first are indented, and what it begins with stays. */
export const wrapTo = (text: string, width: number, indent = ''): string[] => {
  const [start = ''] = /^ */.exec(text) ?? [];
  const lines: string[] = [];
  let line = start;
  for (const word of text.trim().split(' ')) {
    const longer = line.trim() === '' ? line + word : `${line} ${word}`;
    if (longer.length <= width || line.trim() === '') line = longer;
    else {
      lines.push(line);
      line = indent + word;
    }
  }
  return [...lines, line];
};

/** Ours in a text, as a shell takes it: `understory train`, without what calls it; not where it is told how one went. */
const COMMAND = /(?<![\w./@-]|npx )understory (?!failed|was)(?=[a-z])/g;

/** A text whose commands can be typed: where npm or its kin have called this one, it lies in a project, and npx finds it. */
export const typable = (text: string): string =>
  (process.env['npm_command'] ?? '') === '' ? text : text.replace(COMMAND, 'npx understory ');

/**
 * A text for people, its longer lines cut at blanks to fit where it is written. Lines that begin with a blank are laid out already; one
 * that holds a command stays whole, so that it can be copied.
 */
export const fitted = (text: string, stream: NodeJS.WriteStream = process.stdout): string => {
  const width = columnsOf(stream) ?? Infinity;
  const isWhole = (line: string): boolean => line.length <= width || /^\s|understory \w/.test(line);
  return typable(text)
    .split('\n')
    .flatMap((line) => (isWhole(line) ? [line] : wrapTo(line, width, '  ')))
    .join('\n');
};
