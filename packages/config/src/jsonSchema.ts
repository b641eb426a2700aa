import { AUGMENTATION, type AnyPlugin, type Parser, type Registry, type Token } from '@understory/core';
import { z } from 'zod';
import { LIST_KEYS, PLUGIN_KEYS } from './check.ts';
import { OPEN_KEYS } from './openKeys.ts';
import { ExperimentSchema } from './schema.ts';

type Json = Record<string, unknown>;

/** JSON Schema of a plugin's options, where its schema library is zod. */
export const optionsSchema = (options: Parser<unknown>): Json =>
  options instanceof z.ZodType
    ? { ...z.toJSONSchema(options, { io: 'input', target: 'draft-7', unrepresentable: 'any' }) }
    : {};

const choice = ({ name, summary, options }: AnyPlugin): Json => ({
  anyOf: [
    { const: name, description: summary },
    {
      type: 'array',
      prefixItems: [{ const: name }, optionsSchema(options)],
      items: [{ const: name }, optionsSchema(options)],
      minItems: 1,
      maxItems: 2,
      description: summary,
    },
  ],
});

const specOf = (registry: Registry, token: Token<unknown>): Json => ({
  anyOf: registry.list(token).map(choice),
});

/** A key that a config's file may leave to its data: no default is written where there is none that always holds. */
const byData = (schema: Json): Json => {
  const about = typeof schema['description'] === 'string' ? `${schema['description']}; ` : '';
  const kept = Object.entries(schema).filter(([key]) => key !== 'default');
  return { ...Object.fromEntries(kept), description: `${about}by the data where a file says nothing` };
};

/** A JSON Schema of the config for editors: it knows every plugin of the registry with its options. */
export const configSchema = (registry: Registry): Json => {
  const base = z.toJSONSchema(ExperimentSchema, {
    io: 'input',
    target: 'draft-7',
    unrepresentable: 'any',
  }) as Json;
  const properties = { ...(base['properties'] as Record<string, Json>) };
  const put = (key: string, schema: Json): void => {
    properties[key] = { ...properties[key], ...schema };
  };
  const view = { type: 'array', items: { type: 'array', items: specOf(registry, AUGMENTATION) } };
  for (const [key, token] of Object.entries(PLUGIN_KEYS)) {
    const one = specOf(registry, token);
    put(key, LIST_KEYS.includes(key) ? { type: 'array', items: one } : one);
  }
  put('views', view);
  for (const key of OPEN_KEYS) properties[key] = byData(properties[key] ?? {});
  return { ...base, title: 'Understory experiment', properties };
};
