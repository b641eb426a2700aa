import { optionsSchema } from '@understory/config';
import { DATASET, isObject, PLACE, type AnyPlugin } from '@understory/core';
import { describe, expect, it } from 'vitest';
import { defaultPlugins } from './defaultPlugins.ts';

/** Options that hold free text and no path, or one from the dataset's own root. */
const NO_PATH = [
  ...['splits', 'table', 'classes', 'data', 'names'], // from the root, and names in it
  ...['columns', 'separator', 'several', 'extension'], // of tables
  ...['image', 'label', 'field', 'set'], // parts of samples, columns and files
];

/** Whether a schema, or one inside it, takes any text at all. */
const takesText = (schema: unknown): boolean => {
  if (Array.isArray(schema)) return schema.some(takesText);
  if (!isObject(schema)) return false;
  if (schema['type'] === 'string' && schema['enum'] === undefined && schema['const'] === undefined)
    return true;
  const { anyOf, items, properties, additionalProperties } = schema;
  return [anyOf, items, isObject(properties) ? Object.values(properties) : [], additionalProperties].some(
    takesText,
  );
};

const textOptions = (options: AnyPlugin['options']): string[] => {
  const { properties } = optionsSchema(options);
  return Object.entries(isObject(properties) ? properties : {}).flatMap(([key, schema]) =>
    takesText(schema) ? [key] : [],
  );
};

const datasets = defaultPlugins.filter(({ token }) => token.key === DATASET.key);

describe('paths of every dataset', () => {
  it.each(datasets.map((plugin) => [plugin.name, plugin] as const))(
    'are named by %s, so that they count from the folder of a config',
    (_, { name, options, paths = [], uses }) => {
      // A table's images are a folder of its root, or else a place on disk: it asks for PLACE itself.
      const own = name === 'table' && uses?.['place'] === PLACE ? ['images'] : [];
      const left = textOptions(options).filter((key) => ![...paths, ...own, ...NO_PATH].includes(key));
      expect(left).toEqual([]);
    },
  );

  it('are found among options: those of a path each are not overlooked', () => {
    expect(datasets.filter(({ options }) => textOptions(options).includes('root')).length).toBeGreaterThan(
      14,
    );
  });
});
