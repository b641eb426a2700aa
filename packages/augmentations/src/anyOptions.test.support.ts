import type { AnyPlugin, Spec } from '@understory/core';
import fc, { type Arbitrary } from 'fast-check';
import { z } from 'zod';

/** The parts of a JSON Schema that zod writes for options. */
interface Json {
  readonly anyOf?: readonly Json[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly prefixItems?: readonly Json[];
  readonly items?: Json;
  readonly properties?: Readonly<Record<string, Json>>;
}

const NEVER_NUMBERS = [NaN, Infinity, -Infinity, -1, -0.5, 1e-320, 1e9, 1e308, -1e308, '1', null, [], {}];

/** Numbers inside the bounds, most of them small, and the bounds themselves. */
const numbers = (schema: Json): Arbitrary<number> => {
  const low = schema.minimum ?? schema.exclusiveMinimum ?? 0;
  const high = schema.maximum ?? schema.exclusiveMaximum ?? 1e300;
  const near = Math.min(high, low + 12);
  const far = Math.min(high, low + 70);
  if (schema.type === 'integer') {
    const upTo = (max: number) => fc.integer({ min: low, max });
    return fc.oneof(upTo(near), upTo(near), upTo(far), fc.constantFrom(low, high));
  }
  const min = schema.exclusiveMinimum === undefined ? low : Number.MIN_VALUE;
  const upTo = (max: number) => fc.double({ min, max, noNaN: true });
  const part = fc.integer({ min: 1, max: 16 }).map((n) => Math.max(min, Math.min(high, low + n / 16)));
  return fc.oneof(part, part, upTo(Math.min(high, low + 1)), upTo(near), fc.constantFrom(min, high));
};

/** Values at and beyond the bounds, and what is no value at all. */
const beyond = (schema: Json): Arbitrary<unknown> => {
  const bounds = [schema.minimum, schema.maximum, schema.exclusiveMinimum, schema.exclusiveMaximum];
  const known = bounds.filter((bound) => bound !== undefined);
  const around = known.flatMap((bound) => [
    bound,
    bound - 1,
    bound + 1,
    bound - 1e-9,
    bound + 1e-9,
    bound + 0.5,
  ]);
  return fc.constantFrom(...around, ...NEVER_NUMBERS);
};

/** Two numbers in order, more often than not. */
const pairs = (items: readonly Json[], of: (schema: Json) => Arbitrary<unknown>): Arbitrary<unknown> => {
  const drawn = fc.tuple(...items.map(of));
  const ordered = drawn.map((values) => [...values].sort((a, b) => Number(a) - Number(b)));
  return fc.oneof({ arbitrary: ordered, weight: 4 }, { arbitrary: drawn, weight: 1 });
};

/** Values that a schema describes; a refinement may still refuse them. */
const tame = (schema: Json): Arbitrary<unknown> => {
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(tame));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.type === 'number' || schema.type === 'integer') return numbers(schema);
  if (schema.type === 'boolean') return fc.boolean();
  if (schema.prefixItems) return pairs(schema.prefixItems, tame);
  if (schema.items) return fc.array(tame(schema.items), { minLength: 1, maxLength: 4 });
  throw new Error(`Draw values for ${JSON.stringify(schema)} here, so that the plugin is tested.`);
};

const wild = (schema: Json): Arbitrary<unknown> => {
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(wild));
  if (schema.prefixItems) {
    const one = schema.prefixItems.map((item) => fc.oneof(tame(item), wild(item)));
    return fc.oneof(fc.tuple(...one), fc.constantFrom([], [1], 'no list'));
  }
  if (schema.items) return fc.oneof(fc.array(wild(schema.items), { maxLength: 3 }), fc.constant('no list'));
  return beyond(schema);
};

const keysOf = (plugin: AnyPlugin): readonly (readonly [string, Json])[] => {
  if (!(plugin.options instanceof z.ZodType))
    throw new Error(`The options of ${plugin.name} are no zod schema.`);
  const schema = z.toJSONSchema(plugin.options, { io: 'input', unrepresentable: 'any' }) as Json;
  return Object.entries(schema.properties ?? {});
};

/** Lists of other plugins, as a config writes them. */
const specs = (plugins: readonly AnyPlugin[]): Arbitrary<readonly Spec[]> => {
  const one = fc.oneof(
    ...plugins.filter(({ uses }) => !uses).map((p) => anyOptions(p, plugins).map((o): Spec => [p.name, o])),
  );
  return fc.array(one, { minLength: 0, maxLength: 3 });
};

export type Options = Readonly<Record<string, unknown>>;

/**
 * Options of a plugin over its whole schema: some keys are absent, most values are inside their bounds, and in a third of
 * all draws one key is at or beyond them. What a plugin uses is drawn from `plugins`.
 */
export const anyOptions = (plugin: AnyPlugin, plugins: readonly AnyPlugin[]): Arbitrary<Options> => {
  const keys = keysOf(plugin);
  const valueOf = (key: string, schema: Json, of: typeof tame): Arbitrary<unknown> =>
    plugin.uses && key in plugin.uses ? specs(plugins) : of(schema);
  const drawn = Object.fromEntries(keys.map(([key, schema]) => [key, valueOf(key, schema, tame)]));
  const requiredKeys = Object.keys(plugin.uses ?? {});
  const usual = fc.record(drawn, { requiredKeys });
  const odd = keys.map(([key, schema]) =>
    fc
      .tuple(usual, valueOf(key, schema, wild))
      .map(([others, value]): Options => ({ ...others, [key]: value })),
  );
  return fc.oneof({ arbitrary: usual, weight: 2 }, { arbitrary: fc.oneof(...odd), weight: 1 });
};

/** What a registry does: parses options and makes what they name, then the thing itself. */
export const makeFrom = (plugin: AnyPlugin, options: Options, plugins: readonly AnyPlugin[]): unknown => {
  const parsed = plugin.options.parse(options) as Record<string, unknown>;
  const made = Object.keys(plugin.uses ?? {}).map((key) => [
    key,
    (parsed[key] as readonly (readonly [string, Options])[]).map(([name, own]) =>
      makeFrom(
        plugins.find((p) => p.name === name)!,
        own,
        plugins,
      ),
    ),
  ]);
  return plugin.create({ ...parsed, ...Object.fromEntries(made) });
};
