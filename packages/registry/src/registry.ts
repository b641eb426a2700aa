import 'reflect-metadata/lite';
import {
  explain,
  PLACE,
  placedOptions,
  readSpec,
  shown,
  specsIn,
  SPEC_FORM,
  UnderstoryError,
  unknownName,
  type AnyPlugin,
  type Provided,
  type Registry,
  type Spec,
  type Token,
} from '@understory/core';
import { container, type DependencyContainer } from 'tsyringe';
import { cureFor } from './cureFor.ts';

const address = (kind: string, name: string): string => `${kind}/${name}`;
const serviceAddress = (key: string): string => `service:${key}`;

const parseSpec = (kind: string, spec: unknown): readonly [name: string, options: object] => {
  const read = readSpec(spec);
  if (read) return read;
  throw new UnderstoryError('spec', `A ${kind} is written as ${SPEC_FORM}, not as ${shown(spec)}.`);
};

class TsyringeRegistry implements Registry {
  readonly #box: DependencyContainer;
  readonly #plugins: Map<string, AnyPlugin[]>;

  private constructor(box: DependencyContainer, plugins: Map<string, AnyPlugin[]>) {
    this.#box = box;
    this.#plugins = plugins;
  }

  static of(plugins: readonly AnyPlugin[]): TsyringeRegistry {
    const made = new TsyringeRegistry(container.createChildContainer(), new Map());
    for (const plugin of plugins) made.#add(plugin);
    return made;
  }

  provide(services: readonly Provided[]): Registry {
    const box = this.#box.createChildContainer();
    for (const [{ key }, value] of services) box.register(serviceAddress(key), { useValue: value });
    return new TsyringeRegistry(box, this.#plugins);
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
    if (this.#box.isRegistered(key, true)) return this.#box.resolve<AnyPlugin>(key);
    const names = (this.#plugins.get(kind) ?? []).map((p) => p.name);
    throw unknownName(kind, name, names, this.cureFor(kind, name));
  }

  cureFor(kind: string, name: string): string {
    return cureFor(kind, name);
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
    const placed = this.#placed(plugin, options as Record<string, unknown>);
    return plugin.create(this.#resolveUses(plugin, placed)) as T;
  }

  #serviceOf({ key, fallback }: Token<unknown>, plugin: AnyPlugin): unknown {
    const address = serviceAddress(key);
    if (this.#box.isRegistered(address, true)) return this.#box.resolve(address);
    if (fallback !== undefined) return fallback;
    throw new UnderstoryError(
      'service',
      `${plugin.token.key} "${plugin.name}" uses "${key}", which is not there where it is made. ` +
        'Give it to the registry: registry.provide([provide(…, …)]).',
    );
  }

  /** Options with their paths where they lie: plugins know no config, and so not from where its paths count. */
  #placed(plugin: AnyPlugin, options: Record<string, unknown>): Record<string, unknown> {
    if (!plugin.paths) return options;
    return placedOptions(plugin, options, this.#serviceOf(PLACE, plugin) as (written: string) => string);
  }

  #resolveUses(plugin: AnyPlugin, options: Record<string, unknown>): Record<string, unknown> {
    const made: Record<string, unknown> = {};
    for (const [key, token] of Object.entries(plugin.uses ?? {})) {
      if (token.service) {
        made[key] = this.#serviceOf(token, plugin);
        continue;
      }
      const value = options[key];
      if (value === undefined) continue;
      const { list, specs } = specsIn(plugin, key, value);
      const things = specs.map(([, spec]) => this.make(token, spec as Spec));
      made[key] = list ? things : things[0];
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
export const createRegistry = (plugins: readonly AnyPlugin[]): Registry => TsyringeRegistry.of(plugins);
