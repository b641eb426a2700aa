import { UnderstoryError } from '@understory/core';
import type { SampleKey } from './sampleKey.ts';

/** What is asked of a sample: which parts are its image and its class. */
export interface Asks {
  /** The part that is the image; any of the known kinds where absent. */
  readonly image?: string | undefined;
  /** The part that holds the class. */
  readonly label: string;
  /** The field of that part, which is JSON then; names of fields within fields are joined by dots. */
  readonly field?: string | undefined;
}

const IMAGES = new Set(['jpg', 'jpeg', 'png', 'webp', 'gif', 'bmp', 'tif', 'tiff', 'avif']);

export const isImagePart = ({ part }: Pick<SampleKey, 'part'>, { image }: Asks): boolean =>
  image === undefined ? IMAGES.has(part) : part === image;

/** Longest label, in bytes: more is no number or name of a class. */
const MAX_LABEL = 256;
/** Largest part that is read for a field of it, in bytes. */
export const MAX_JSON = 2 ** 20;

const refuse = (why: string): never => {
  throw new UnderstoryError('bad-label', why);
};

const fieldOf = (value: unknown, field: string): unknown => {
  let at = value;
  for (const name of field.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return at;
};

const parsed = (text: string, part: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return refuse(`its .${part} is no JSON`);
  }
};

/** A label as a word: a class's number in digits, or its name. Errors: `bad-label`, with the reason alone. */
const wordOf = (value: unknown, where: string): string => {
  const word = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : '';
  if (word === '' || word.length > MAX_LABEL) return refuse(`its ${where} is no number or name of a class`);
  if (typeof value === 'number' ? !Number.isSafeInteger(value) || value < 0 : /^-\d+$/.test(word))
    return refuse(`its ${where} is a number that no class has`);
  return /^\d+$/.test(word) ? word.replace(/^0+(?=\d)/, '') : word;
};

/** The label that a part's bytes say. Errors: `bad-label`, with the reason alone. */
export const labelOf = (bytes: Uint8Array, { label, field }: Asks): string => {
  if (bytes.length > (field === undefined ? MAX_LABEL : MAX_JSON)) return refuse(`its .${label} is too long`);
  const text = new TextDecoder().decode(bytes);
  if (field === undefined) return wordOf(text, `.${label}`);
  const value = fieldOf(parsed(text, label), field);
  return value === undefined
    ? refuse(`its .${label} has no field "${field}"`)
    : wordOf(value, `field "${field}"`);
};
