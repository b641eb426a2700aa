import path from 'node:path';

/** What was trained, without where its files lay: two machines that train the same have equal settings. */
export type Settings = Readonly<Record<string, unknown>>;

/** Options that say where data lies. A split's limit is called "test" too, and is a number. */
export const DATA_PATHS = ['root', 'test'];

const withoutPaths = (key: string, value: unknown): unknown => {
  if (typeof value !== 'string') return value;
  if (DATA_PATHS.includes(key)) return undefined;
  if (key === 'file') return value.split(path.sep).slice(-3).join('/'); // of a run: its name, and which checkpoint
  return key === 'run' ? path.basename(value) : value;
};

export const settingsOf = (config: object): Settings =>
  JSON.parse(JSON.stringify(config, withoutPaths)) as Settings;

const sorted = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/** Whether two settings say the same, in whatever order their keys stand. */
export const sameSettings = (a: unknown, b: unknown): boolean =>
  JSON.stringify(a, sorted) === JSON.stringify(b, sorted);

/** Keys that do not say the same in both. */
export const differingKeys = (a: Settings | undefined, b: Settings | undefined): string[] =>
  Object.keys({ ...a, ...b }).filter((key) => !sameSettings(a?.[key], b?.[key]));
