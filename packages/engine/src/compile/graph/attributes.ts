import type { Attribute } from './native.ts';

/** An attribute's list of numbers or texts; empty where there is none. */
export const listOf = (attributes: readonly Attribute[], name: string): readonly unknown[] => {
  const value = attributes.find((one) => one.name === name)?.value;
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
};

export const textOf = (attributes: readonly Attribute[], name: string): string | undefined => {
  const value = attributes.find((one) => one.name === name)?.value;
  return typeof value === 'string' ? value : undefined;
};

export const sameList = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((one, i) => one === b[i]);
