import { nearest, UnderstoryError } from './errors.ts';
import { descriptionOf, schemaAt, schemaKeys } from './schema.ts';
import { cut, listed, shown } from './shown.ts';

/** One thing that is wrong in a value. */
export interface Problem {
  /** Where it is. */
  readonly path: readonly PropertyKey[];
  /** The key, its value and what is expected of it, with a full stop. */
  readonly text: string;
  /** Choices, or what the key is for: what a person wants to know who sees this problem alone. */
  readonly more?: string;
  /** Whether the key itself is wrong, and not its value. */
  readonly ofKey?: boolean;
}

/** The parts of a schema library's issue that a message can be made from; zod's issues have this shape. */
interface Issue {
  readonly code?: string;
  readonly message: string;
  readonly path: readonly PropertyKey[];
  readonly keys?: readonly string[];
  readonly values?: readonly unknown[];
  readonly expected?: string;
  readonly origin?: string;
  readonly minimum?: number | bigint;
  readonly maximum?: number | bigint;
  readonly inclusive?: boolean;
  /** Of a value that may have several forms: the issues of each. */
  readonly errors?: readonly (readonly Issue[])[];
}

const issuesOf = (error: unknown): readonly Issue[] | undefined => {
  const issues = (error as { issues?: unknown } | null)?.issues;
  return Array.isArray(issues) ? (issues as Issue[]) : undefined;
};

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((v, key) => (v as Record<PropertyKey, unknown> | null | undefined)?.[key], value);

const TYPES: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'keys and values, { key: value }',
  record: 'keys and values, { key: value }',
};

const typeName = (expected: string): string => TYPES[expected] ?? expected;

/** What people mean who write a value of another type. */
const typeHint = (expected: string, given: unknown): string => {
  if (expected === 'string' && (typeof given === 'number' || typeof given === 'boolean'))
    return `; in quotes it is one: "${given}"`;
  if (expected === 'array' && (typeof given === 'string' || typeof given === 'number'))
    return `; in brackets it is one: [${cut(String(given), 30)}]`;
  return '';
};

/** Zod's own words are replaced; a schema author's are kept. */
const OWN_WORDS = /^(Invalid|Too (small|big)|Unrecognized)/;

const bound = ({ code, origin, minimum, maximum, inclusive }: Issue): string => {
  const small = code === 'too_small';
  const limit = String(small ? minimum : maximum);
  if (origin === 'array' || origin === 'string') {
    const unit = origin === 'array' ? 'items' : 'characters';
    return `expected ${small ? 'at least' : 'at most'} ${limit} ${unit}`;
  }
  const words = small
    ? (['a number from', 'a number above'] as const)
    : (['a number up to', 'a number below'] as const);
  return `expected ${words[inclusive ? 0 : 1]} ${limit}`;
};

const isInfinite = (given: unknown): boolean => given === Infinity || given === -Infinity;

const expectation = (issue: Issue, given: unknown): string => {
  const { code, message, expected, values } = issue;
  if (!OWN_WORDS.test(message)) return message;
  if (code === 'invalid_type' && isInfinite(given)) return 'expected a finite number';
  if (code === 'invalid_type' && expected !== undefined)
    return `expected ${typeName(expected)}${typeHint(expected, given)}`;
  if (code === 'too_small' || code === 'too_big') return bound(issue);
  if (values) return `expected ${values.length > 1 ? 'one of ' : ''}${listed(values.map((v) => shown(v)))}`;
  return cut(message, 120);
};

const isOfAnotherForm = (issues: readonly Issue[]): boolean =>
  issues.some(({ code, path }) => code === 'invalid_type' && path.length === 0);

/** How far from right a form is: unknown keys tell more against it than missing ones. */
const weight = (issues: readonly Issue[]): number =>
  issues.reduce((sum, { keys }) => sum + 1 + (keys?.length ?? 0), 0);

/**
 * The issues of the form that was meant, where a value may have several; one issue that names them all where it has none,
 * or where the schema's author has said what they are.
 */
const withoutForms = (issue: Issue): readonly Issue[] => {
  if (!issue.errors || !OWN_WORDS.test(issue.message)) return [issue];
  const meant = issue.errors
    .filter((issues) => !isOfAnotherForm(issues))
    .sort((a, b) => weight(a) - weight(b))[0];
  if (meant)
    return meant.flatMap((inner) => withoutForms({ ...inner, path: [...issue.path, ...inner.path] }));
  const types = [...new Set(issue.errors.flatMap((issues) => issues.map((i) => typeName(i.expected ?? ''))))];
  const known = types.filter((type) => type !== '');
  return [
    {
      path: issue.path,
      message: known.length > 0 ? `expected ${known.join(', or ')}` : 'of no form that is known here',
    },
  ];
};

const unknownKey = (key: string, at: readonly PropertyKey[], schema: unknown): Problem => {
  const known = schemaKeys(schemaAt(schema, at));
  const near = nearest(key, known);
  const path = [...at, key];
  const hint = near === undefined ? '' : ` Did you mean "${near}"?`;
  const choices = listed(known, near === undefined ? 150 : 60);
  return {
    path,
    ofKey: true,
    text: `unknown key "${cut(path.map(String).join('.'), 60)}".${hint}`,
    ...(known.length > 0 && { more: `Known keys: ${choices}.` }),
  };
};

const describeIssue = (issue: Issue, value: unknown, schema: unknown): readonly Problem[] => {
  const { path, keys = [], values } = issue;
  if (keys.length > 0) return keys.map((key) => unknownKey(key, path, schema));
  const given = valueAt(value, path);
  const key = path.map(String).join('.');
  const near = typeof given === 'string' && values ? nearest(given, values.map(String)) : undefined;
  const hint = near === undefined ? '' : ` Did you mean "${near}"?`;
  const about = path.length > 0 ? descriptionOf(schemaAt(schema, path)) : undefined;
  const subject = key ? `"${cut(key, 60)}" is ${shown(given)}` : shown(given);
  const text = `${subject}: ${expectation(issue, given)}.${hint}`;
  return [{ path, text, ...(about !== undefined && { more: `(${cut(about, 100)})` }) }];
};

/** What a schema library finds wrong in a value; undefined where the error is not of one. */
export const problemsOf = (value: unknown, schema: unknown, error: unknown): readonly Problem[] | undefined =>
  issuesOf(error)
    ?.flatMap(withoutForms)
    .flatMap((issue) => describeIssue(issue, value, schema));

/** A problem by itself: all that is known of it. */
export const wholeText = ({ text, more }: Problem): string => (more === undefined ? text : `${text} ${more}`);

/** Texts with spaces between while they fit into `limit` characters, and how many more there are. */
export const firstOf = (texts: readonly string[], limit = 380, between = ' '): string => {
  const [first = '', ...others] = texts;
  let text = cut(first, limit);
  for (const [i, other] of others.entries()) {
    const last = i === others.length - 1;
    if (text.length + between.length + other.length > limit - (last ? 0 : 30))
      return `${text}${between}And ${others.length - i} more.`;
    text += between + other;
  }
  return text;
};

/** Turns a schema library's error into one that names the place, the key, the value, the choices and the nearest name. */
export const explain = (where: string, value: unknown, schema: unknown, error: unknown): UnderstoryError => {
  const problems = problemsOf(value, schema, error);
  const said = problems
    ? problems.map((problem, i) => (i === 0 ? wholeText(problem) : problem.text))
    : [cut(error instanceof Error ? error.message : String(error), 300)];
  return new UnderstoryError('options', `${where}: ${firstOf(said, 350)}`, { cause: error });
};
