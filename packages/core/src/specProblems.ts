import { UnderstoryError, unknownName } from './errors.ts';
import { problemsOf, type Problem } from './explain.ts';
import { readSpec, SPEC_FORM, type AnyPlugin, type Registry, type Spec, type Token } from './plugin.ts';
import { schemaAt, takesList } from './schema.ts';
import { cut, shown } from './shown.ts';

/** Where a value lies in a config. */
type Path = readonly PropertyKey[];

const messageOf = (error: unknown): string =>
  cut(error instanceof Error ? error.message : String(error), 300);

const noSpec = (kind: string, value: unknown, path: Path): Problem => ({
  path,
  text: `${shown(value)} is no ${kind}: expected ${SPEC_FORM}.`,
});

const optionProblems = (plugin: AnyPlugin, options: unknown, path: Path): readonly Problem[] => {
  try {
    plugin.options.parse(options);
    return [];
  } catch (error) {
    const found = problemsOf(options, plugin.options, error) ?? [{ path: [], text: messageOf(error) }];
    const used = Object.keys(plugin.uses ?? {});
    return (
      found
        // What an option names is looked into by itself, and told of there.
        .filter(({ path: [key] }) => !used.includes(String(key)) || !Object.hasOwn(options as object, key!))
        .map((problem) => ({
          ...problem,
          path: [...path, ...problem.path],
          text: `${plugin.token.key} "${plugin.name}": ${problem.text}`,
        }))
    );
  }
};

/**
 * The specs that an option holds, one or a list of them, and the path of each below the option. A list of two names is a
 * list; one name in brackets is one too where the option takes lists alone.
 */
export const specsIn = (
  { options }: Pick<AnyPlugin, 'options'>,
  key: string,
  value: unknown,
): { readonly list: boolean; readonly specs: readonly (readonly [path: Path, spec: unknown])[] } => {
  const list = Array.isArray(value) && (takesList(schemaAt(options, [key])) || readSpec(value) === undefined);
  return list
    ? { list, specs: (value as readonly unknown[]).map((one, i) => [[key, i], one] as const) }
    : { list, specs: [[[key], value]] };
};

const usedProblems = (
  registry: Registry,
  plugin: AnyPlugin,
  options: Readonly<Record<string, unknown>>,
  path: Path,
): readonly Problem[] =>
  Object.entries(plugin.uses ?? {}).flatMap(([key, token]) => {
    if (token.service) return [];
    const value = Object.hasOwn(options, key) ? options[key] : undefined;
    if (value === undefined) return [];
    const { specs } = specsIn(plugin, key, value);
    return specs.flatMap(([at, one]) => named(registry, token, one, [...path, ...at]));
  });

/** What is wrong with names and options, without making anything. */
const named = (registry: Registry, token: Token<unknown>, spec: unknown, path: Path): readonly Problem[] => {
  const parts = readSpec(spec);
  if (!parts) return [noSpec(token.key, spec, path)];
  const [name, options] = parts;
  const plugins = registry.list(token);
  const plugin = plugins.find((p) => p.name === name);
  const at = typeof spec === 'string' ? path : [...path, 1];
  if (!plugin) {
    const names = plugins.map((p) => p.name);
    const { message } = unknownName(token.key, name, names, registry.cureFor(token.key, name));
    return [{ path: typeof spec === 'string' ? path : [...path, 0], text: message }];
  }
  return [...optionProblems(plugin, options, at), ...usedProblems(registry, plugin, options, at)];
};

/** Whether a plugin, or one that its options name, uses things of a run: it cannot be made before there is one. */
const needsRun = (registry: Registry, token: Token<unknown>, spec: unknown): boolean => {
  const [name, options = {}] = readSpec(spec) ?? [];
  const plugin = registry.list(token).find((p) => p.name === name);
  return Object.entries(plugin?.uses ?? {}).some(([key, used]) => {
    if (used.service) return true;
    const value = Object.hasOwn(options, key) ? options[key] : undefined;
    if (!plugin || value === undefined) return false;
    return specsIn(plugin, key, value).specs.some(([, one]) => needsRun(registry, used, one));
  });
};

/**
 * All that is wrong with a plugin as a config names it: its name, its options, and what these name in turn. `path` is
 * where the spec lies. Where names and options are right and nothing of a run is used, the thing is made, and what its
 * maker throws is a problem too.
 */
export const specProblems = (
  registry: Registry,
  token: Token<unknown>,
  spec: unknown,
  path: Path = [],
): readonly Problem[] => {
  const problems = named(registry, token, spec, path);
  if (problems.length > 0 || needsRun(registry, token, spec)) return problems;
  try {
    registry.make(token, spec as Spec);
    return [];
  } catch (error) {
    if (!(error instanceof UnderstoryError)) throw error;
    return [{ path, text: `${token.key} ${shown(spec)}: ${error.message}` }];
  }
};
