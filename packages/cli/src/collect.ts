/** Parser of an option that may be repeated. */
export const collect = (value: string, all: string[]): string[] => [...all, value];

/** Collects words that are separated by commas, over all times that an option is given. */
export const collectWords = (value: string, before: string[]): string[] => [
  ...before,
  ...value.split(',').flatMap((word) => word.trim() || []),
];
