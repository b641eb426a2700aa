import { UnderstoryError, nearest } from './errors.ts';

/** The parts of a schema library's issue that a message can be made from; zod's issues have this shape. */
interface Issue {
  readonly code?: string;
  readonly message: string;
  readonly path: readonly PropertyKey[];
  readonly keys?: readonly string[];
  readonly values?: readonly unknown[];
}

const issuesOf = (error: unknown): readonly Issue[] | undefined => {
  const issues = (error as { issues?: unknown } | null)?.issues;
  return Array.isArray(issues) ? (issues as Issue[]) : undefined;
};

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((v, key) => (v as Record<PropertyKey, unknown> | undefined)?.[key], value);

const shown = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));

const describeIssue = (issue: Issue, value: unknown, knownKeys: readonly string[]): string => {
  const key = issue.path.map(String).join('.');
  if (issue.keys && issue.keys.length > 0) {
    const [unknown] = issue.keys as [string];
    const near = nearest(unknown, knownKeys);
    const place = key ? `${key}.${unknown}` : unknown;
    const choices =
      issue.path.length === 0 && knownKeys.length > 0 ? ` Known keys: ${knownKeys.join(', ')}.` : '';
    return `unknown key "${place}".${near ? ` Did you mean "${near}"?` : ''}${choices}`;
  }
  const given = valueAt(value, issue.path);
  const near =
    typeof given === 'string' && issue.values ? nearest(given, issue.values.map(String)) : undefined;
  const hint = near ? ` Did you mean "${near}"?` : '';
  return `${key ? `"${key}" is ${shown(given)}: ` : `${shown(given)}: `}${issue.message}.${hint}`;
};

/** Keys of an object schema, where the library shows them (`shape`, as zod does). */
export const schemaKeys = (schema: unknown): readonly string[] => {
  const shape = (schema as { shape?: unknown } | null)?.shape;
  return shape && typeof shape === 'object' ? Object.keys(shape) : [];
};

/** Turns a schema library's error into one that names the place, the key, the value, the choices and the nearest name. */
export const explain = (where: string, value: unknown, schema: unknown, error: unknown): UnderstoryError => {
  const issues = issuesOf(error);
  if (!issues)
    return new UnderstoryError('options', `${where}: ${(error as Error).message}`, { cause: error });
  const lines = issues.map((issue) => describeIssue(issue, value, schemaKeys(schema)));
  return new UnderstoryError('options', `${where}: ${lines.join(' ')}`, { cause: error });
};
