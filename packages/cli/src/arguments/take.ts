import { InvalidArgumentError, type Argument, type Option } from 'commander';

/** What a value of the command line names; a test gives each kind what it must refuse. */
export type Kind =
  'input-file' | 'input-folder' | 'input-path' | 'output-file' | 'output-folder' | 'number' | 'text';

/**
 * Reads a value of the command line before any command is loaded. Throws commander's `InvalidArgumentError`, which is
 * shown with the argument's name and its value.
 */
export interface Take<T> {
  (text: string, before?: unknown): T;
  readonly kind: Kind;
  /** Whether a shell may complete it by files, though it need not be one. */
  readonly files?: boolean;
  /** Why what is there may not be written to unasked; undefined where it may. */
  readonly taken?: (place: string) => string | undefined;
}

/** What takes the value of an option or argument; nothing is said of one that takes none, or that commander takes itself. */
export const takeOf = ({ parseArg }: Option | Argument): Partial<Take<unknown>> =>
  (parseArg ?? {}) as Partial<Take<unknown>>;

export const refuse = (why: string): never => {
  throw new InvalidArgumentError(why);
};

export const take = <T>(kind: Kind, read: (text: string) => T): Take<T> =>
  Object.assign(
    (text: string): T => {
      if (text.trim() === '') refuse('It is empty; give a value, or leave it out.');
      return read(text);
    },
    { kind },
  );

/** The same of each value of an argument that may be given several times. */
export const repeated = <T>(one: Take<T>): Take<readonly T[]> =>
  Object.assign((text: string, before?: unknown) => [...((before ?? []) as readonly T[]), one(text)], {
    kind: one.kind,
    ...(one.files === true && { files: true }),
  });

/** Names, and changes of a config: text of so many characters at most. */
export const text = (most = 200): Take<string> =>
  take('text', (value) =>
    value.length <= most ? value : refuse(`It has ${value.length} characters; ${most} are the most.`),
  );

/** What may be a file, or the name of something else; it is looked at by its command. */
export const fileOrName: Take<string> = Object.assign(text(4096), { files: true });

/** Names with commas between, over all times that the argument is given; of so many characters at most each time. */
export const words = (most = 1000): Take<readonly string[]> => {
  const list = text(most);
  const read = (value: string, before?: unknown): readonly string[] => {
    const given = list(value)
      .split(',')
      .map((word) => word.trim());
    if (given.includes('')) refuse('A name between its commas is empty.');
    return [...((before ?? []) as readonly string[]), ...given];
  };
  return Object.assign(read, { kind: list.kind });
};

export const wholeNumber = (least: number, most: number): Take<number> =>
  take('number', (value) => {
    const number = Number(value);
    return /^\d{1,16}$/.test(value) && number >= least && number <= most
      ? number
      : refuse(`It takes a whole number from ${least} to ${most}.`);
  });

const UNITS: Readonly<Record<string, number>> = { '': 1, kb: 1e3, mb: 1e6, gb: 1e9 };

/** So many bytes: `256MB`, `1.5GB`, `4096`. */
export const byteSize = (least: number, most: number): Take<number> =>
  take('number', (value) => {
    const [, digits = '', unit = ''] = /^(\d{1,15}(?:\.\d{1,3})?) ?([kmg]b)?$/i.exec(value) ?? [];
    const bytes = Math.round(Number(digits || NaN) * UNITS[unit.toLowerCase()]!);
    return bytes >= least && bytes <= most
      ? bytes
      : refuse(`It takes bytes from ${least / 1e6}MB to ${most / 1e9}GB: 256MB, say.`);
  });

export const fraction: Take<number> = take('number', (value) => {
  const number = Number(value);
  return /^\d*\.?\d+$/.test(value) && number <= 1 ? number : refuse('It takes a number from 0 to 1.');
});

/** A run's name, as the folder of its runs is called. */
export const runName: Take<string> = take('text', (value) =>
  /^[\w-][\w.-]{0,99}$/.test(value)
    ? value
    : refuse('It takes up to 100 letters, digits, ".", "_" and "-", the first one no ".".'),
);
