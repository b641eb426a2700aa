import { UnderstoryError, type AnyPlugin } from '@understory/core';

const named = new WeakSet<Error>();

/** The error with the plugin's name before its message, once; those that are meant for people stay as they are. */
const withName = (error: unknown, name: string): unknown => {
  if (error instanceof UnderstoryError) return error;
  const fault = error instanceof Error ? error : new Error(String(error), { cause: error });
  if (named.has(fault)) return fault;
  named.add(fault);
  fault.message = `${name}: ${fault.message}`;
  return fault;
};

type Callable = (...given: readonly unknown[]) => unknown;

const isCallable = (value: unknown): value is Callable => typeof value === 'function';

/** Whether a thing has work of its own to do: tensors, models and plain data have none that a plugin wrote. */
const works = (value: unknown): value is object =>
  typeof value === 'object' &&
  value !== null &&
  Object.getPrototypeOf(value) === Object.prototype &&
  Object.values(value).some(isCallable);

/** Calls that a thing may give on: a dataset's samples, what an objective builds. */
const DEPTH = 2;

const guardCall =
  (call: Callable, on: unknown, name: string, depth: number): Callable =>
  (...given) => {
    try {
      const made = call.apply(on, [...given]);
      if (!(made instanceof Promise)) return guard(made, name, depth - 1);
      return made.then(
        (value: unknown) => guard(value, name, depth - 1),
        (error: unknown) => {
          throw withName(error, name);
        },
      );
    } catch (error) {
      throw withName(error, name);
    }
  };

const guardObject = (value: object, name: string, depth: number): object => {
  const known = new Map<unknown, Callable>();
  return new Proxy(value, {
    get(target, key) {
      const found: unknown = Reflect.get(target, key);
      if (!isCallable(found)) return found;
      const call = known.get(found) ?? guardCall(found, target, name, depth);
      known.set(found, call);
      return call;
    },
  });
};

/** A thing that does the same, whose errors begin with the name. */
const guard = (value: unknown, name: string, depth = DEPTH): unknown => {
  if (depth < 0) return value;
  if (isCallable(value)) return guardCall(value, undefined, name, depth);
  return works(value) ? guardObject(value, name, depth) : value;
};

/** A plugin of somebody's, of which every error that it did not mean for people names it and the file or package that it is of. */
export const guarded = (plugin: AnyPlugin, source: string): AnyPlugin => {
  const name = `${plugin.token.key} "${plugin.name}" of "${source}"`;
  const create = guardCall(plugin.create, plugin, name, DEPTH + 1);
  return { ...plugin, create };
};
