/** Names a kind of plugin, and carries the type of what such a plugin makes. */
export interface Token<T> {
  readonly key: string;
  /** Whether it names a thing of the run that uses the registry, which is handed over as it is, and no kind of plugin. */
  readonly service?: true;
  /** Of a service: what it is where nobody provides it. */
  readonly fallback?: T;
  /** Never set: only there so that `T` can be inferred. */
  readonly type?: T;
}

export const token = <T>(key: string): Token<T> => ({ key });

/** Names a thing that a run provides, or else what it is without one: a plugin that lists it in `uses` gets it beside its options. */
export const service = <T>(key: string, fallback?: T): Token<T> => ({
  ...{ key, service: true },
  ...(fallback !== undefined && { fallback }),
});

/** A service with what it is in a run. */
export type Provided = readonly [service: Token<unknown>, value: unknown];

/** Pairs a service with what it is. */
export const provide = <T>(token: Token<T>, value: T): Provided => [token, value];

/** How a plugin is written in a config: its name, alone or with options. */
export type Spec = string | readonly [name: string, options: Readonly<Record<string, unknown>>];

/** A spec's name and options; undefined where the value is none. */
export const readSpec = (
  value: unknown,
): readonly [name: string, options: Readonly<Record<string, unknown>>] | undefined => {
  if (typeof value === 'string') return [value, {}];
  if (!Array.isArray(value) || value.length === 0 || value.length > 2) return undefined;
  const [name, options] = value as readonly unknown[];
  if (typeof name !== 'string' || typeof (options ?? {}) !== 'object' || Array.isArray(options))
    return undefined;
  return [name, (options ?? {}) as Readonly<Record<string, unknown>>];
};

/** Options of a plugin, those that are paths where `place` says that they lie. */
export const placedOptions = (
  { paths = [] }: Pick<AnyPlugin, 'paths'>,
  options: Readonly<Record<string, unknown>>,
  place: (written: string) => string,
): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(options).map(([key, value]) => [
      key,
      paths.includes(key) && typeof value === 'string' ? place(value) : value,
    ]),
  );

/** How a spec is written, for messages. */
export const SPEC_FORM = 'a name, or [name, { options }]';

/** What core asks of a schema library; a zod schema is one. */
export interface Parser<T> {
  parse(value: unknown): T;
}

type Uses = Readonly<Record<string, Token<unknown>>>;
type Made<T> = T extends Token<infer M> ? M : never;
/**
 * Options after the registry made what they name: a key that is listed in `uses` holds the made thing(s). Keys of
 * services, which are no options, come beside them.
 */
export type Resolved<O, U extends Uses> =
  // An object without keys has every key, of type never: there are the services alone.
  string extends keyof O
    ? { [K in Exclude<keyof U, ''>]: Made<U[K]> }
    : ResolvedOptions<O, U> & { [K in Exclude<keyof U, keyof O | ''>]: Made<U[K]> };

type ResolvedOptions<O, U extends Uses> = {
  [K in keyof O]: K extends keyof U
    ? Spec extends O[K]
      ? undefined extends O[K]
        ? Made<U[K]> | undefined
        : Made<U[K]>
      : readonly Made<U[K]>[]
    : O[K];
};

/** A plain object that teaches the registry one name. Importing it changes nothing. */
export interface Plugin<T, O = unknown, U extends Uses = Uses> {
  readonly token: Token<T>;
  readonly name: string;
  /** One line for lists and help. */
  readonly summary: string;
  /** When to use it, in a sentence; for its page. */
  readonly when?: string;
  /** Who it is by, and where it is written down; for its page. */
  readonly source?: string;
  readonly options: Parser<O>;
  /**
   * Options that hold a `Spec` (or a list of them) of another plugin, by key: the registry makes it first. And services
   * that it needs, by the key under which `create` gets them.
   */
  readonly uses?: U;
  /** Options that are paths of files or folders: the registry places them (`PLACE`), so that relative ones count from the config's folder. */
  readonly paths?: readonly (keyof NoInfer<O> & string)[];
  readonly create: (options: Resolved<O, U>) => T;
}

// A registry holds plugins of every kind; each is checked where it is written, by `plugin()`.
export interface AnyPlugin {
  readonly token: Token<unknown>;
  readonly name: string;
  readonly summary: string;
  readonly when?: string;
  readonly source?: string;
  readonly options: Parser<unknown>;
  readonly uses?: Uses;
  readonly paths?: readonly string[];
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- parameters are contravariant: `never` would forbid the call
  readonly create: (options: any) => unknown;
}

/** What a plugin that names no other plugins uses: no option has an empty name. */
type NoUses = Readonly<Record<'', Token<unknown>>>;

/** Checks a plugin's types where it is written. */
export const plugin = <T, O, const U extends Uses = NoUses>(p: Plugin<T, O, U>): Plugin<T, O, U> => p;

/** Makes things by kind and name. `@understory/registry` implements it over tsyringe. */
export interface Registry {
  /** Parses the options, makes what they refer to, then the thing itself. Errors name the choices. */
  make<T>(token: Token<T>, spec: Spec): T;
  /** The same plugins, with things of a run for those that use them. */
  provide(services: readonly Provided[]): Registry;
  /** All plugins of a kind, by name. */
  list(token: Token<unknown>): readonly AnyPlugin[];
  /** The keys of all kinds that have a plugin. */
  kinds(): readonly string[];
  /** What to do about a name that it does not know, as a sentence for an error. */
  cureFor(kind: string, name: string): string;
}
