import { descriptionOf, schemaAt, schemaKeys, type AnyPlugin } from '@understory/core';
import { check, makeOf, requireThat, type Check, type ConformanceOptions } from './check.ts';

const refuses = (plugin: AnyPlugin, options: object): boolean => {
  try {
    plugin.options.parse(options);
    return false;
  } catch {
    return true;
  }
};

/** What every plugin promises, whatever its kind. */
export const checksOfPlugin = (plugin: AnyPlugin, options: ConformanceOptions): readonly Check[] => [
  check('has a name that a config can hold, and one line that says what it is', () => {
    requireThat(
      /^[a-z0-9]+([-.][a-z0-9]+)*$/.test(plugin.name),
      `"${plugin.name}" is no name in small letters, digits and hyphens`,
    );
    const { summary } = plugin;
    requireThat(
      summary.trim() !== '' && !summary.includes('\n'),
      `${plugin.name}: the summary has to be one line`,
    );
  }),
  check('says of each option what it means', () => {
    const silent = schemaKeys(plugin.options).filter(
      (key) => !descriptionOf(schemaAt(plugin.options, [key])),
    );
    requireThat(
      silent.length === 0,
      `${plugin.name}: no description of ${silent.join(', ')}; give each one by .describe()`,
    );
  }),
  check('refuses an option that it does not know', () => {
    const given = { ...options.options, 'no-such-option': 1 };
    requireThat(
      refuses(plugin, given),
      `${plugin.name} takes an unknown option in silence; use z.strictObject`,
    );
  }),
  check('is made from its options', () => {
    requireThat(makeOf(plugin, options) !== undefined, `${plugin.name}: create gives nothing`);
  }),
  check('gives the same options for the same text', () => {
    const text = (): string => JSON.stringify(plugin.options.parse(options.options ?? {}));
    requireThat(text() === text(), `${plugin.name}: defaults change from call to call`);
  }),
];
