import 'reflect-metadata/lite';
import {
  explain,
  UnderstoryError,
  unknownName,
  type AnyPlugin,
  type Registry,
  type Spec,
  type Token,
} from '@understory/core';
import { container, type DependencyContainer } from 'tsyringe';

const address = (kind: string, name: string): string => `${kind}/${name}`;

const parseSpec = (kind: string, spec: unknown): readonly [name: string, options: object] => {
  if (typeof spec === 'string') return [spec, {}];
  if (
    Array.isArray(spec) &&
    typeof spec[0] === 'string' &&
    (spec[1] === undefined || typeof spec[1] === 'object')
  ) {
    return [spec[0], (spec[1] as object | undefined) ?? {}];
  }
  const form = `a name, or [name, { options }]`;
  throw new UnderstoryError('spec', `A ${kind} is written as ${form}, not as ${JSON.stringify(spec)}.`);
};

/** One spec, as against a list of them: a list of two strings is a list. */
const isSpec = (value: unknown): boolean =>
  typeof value === 'string' ||
  (Array.isArray(value) &&
    typeof value[0] === 'string' &&
    value.length <= 2 &&
    typeof value[1] !== 'string' &&
    !Array.isArray(value[1]));

class TsyringeRegistry implements Registry {
  readonly #box: DependencyContainer = container.createChildContainer();
  readonly #plugins = new Map<string, AnyPlugin[]>();

  constructor(plugins: readonly AnyPlugin[]) {
    for (const plugin of plugins) this.#add(plugin);
  }

  #add(plugin: AnyPlugin): void {
    const kind = plugin.token.key;
    const known = this.#plugins.get(kind) ?? [];
    if (known.some((p) => p.name === plugin.name)) {
      throw new UnderstoryError(
        'duplicate',
        `Two plugins are named "${plugin.name}" (${kind}). Give one another name.`,
      );
    }
    this.#plugins.set(kind, [...known, plugin]);
    this.#box.register(address(kind, plugin.name), { useValue: plugin });
  }

  #find(kind: string, name: string): AnyPlugin {
    const key = address(kind, name);
    if (this.#box.isRegistered(key)) return this.#box.resolve<AnyPlugin>(key);
    const names = (this.#plugins.get(kind) ?? []).map((p) => p.name);
    throw unknownName(
      kind,
      name,
      names,
      'Give its plugin to createRegistry(), or name its package under "plugins".',
    );
  }

  make<T>(token: Token<T>, spec: Spec): T {
    const [name, given] = parseSpec(token.key, spec);
    const plugin = this.#find(token.key, name);
    const where = `${token.key} "${name}"`;
    let options: unknown;
    try {
      options = plugin.options.parse(given);
    } catch (error) {
      throw explain(where, given, plugin.options, error);
    }
    return plugin.create(this.#resolveUses(plugin, options as Record<string, unknown>)) as T;
  }

  #resolveUses({ uses = {} }: AnyPlugin, options: Record<string, unknown>): Record<string, unknown> {
    const made: Record<string, unknown> = {};
    for (const [key, token] of Object.entries(uses)) {
      const value = options[key];
      if (value === undefined) continue;
      made[key] = isSpec(value)
        ? this.make(token, value as Spec)
        : (value as Spec[]).map((s) => this.make(token, s));
    }
    return { ...options, ...made };
  }

  list(token: Token<unknown>): readonly AnyPlugin[] {
    return this.#plugins.get(token.key) ?? [];
  }

  kinds(): readonly string[] {
    return [...this.#plugins.keys()];
  }
}

/** A registry that knows these plugins. It is a value: two of them do not see each other. */
export const createRegistry = (plugins: readonly AnyPlugin[]): Registry => new TsyringeRegistry(plugins);
