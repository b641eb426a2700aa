import { cut } from '@understory/core';
import {
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
  type ParsedNode,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import { configError, type Locate, type Source } from './locate.ts';

export interface TextOptions {
  /** Refuses what YAML allows and JSON does not. */
  readonly json?: boolean;
  /** What to call the text. */
  readonly name: string;
  /** Names lines and columns; a text of one line has no need of them. */
  readonly lines?: boolean;
}

type Lines = (offset: number) => string;

const MAX_DEPTH = 64;

/** Whether brackets or indents open more levels than a config has. A parser that goes down with them runs out of stack. */
const isTooDeep = (text: string): boolean => {
  if (/^[ \t?:-]{200}/m.test(text)) return true;
  let depth = 0;
  for (const character of text) {
    if (character === '[' || character === '{') depth++;
    else if (character === ']' || character === '}') depth--;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
};

const WORDS: Readonly<Record<string, string>> = {
  BAD_ALIAS: 'an alias (*) without a name. A text that begins with * goes in quotes',
  TAB_AS_INDENT: 'tabs cannot indent YAML. Put spaces in their place',
  MULTIPLE_DOCS: 'a second document begins here. A config is one: take the line "---" and what follows out',
  TAG_RESOLVE_FAILED: 'a tag ("!…") that a config does not know. Take it out',
};

const syntaxError = ({ code, message, pos }: YAMLError, at: Lines): Error => {
  const [first = ''] = message.split('\n');
  const words = WORDS[code] ?? cut(first.replace(/ at line \d+, column \d+:?$/, ''), 120);
  return configError(at(pos[0]), `${words}.`);
};

const startOf = (node: unknown): number => (node as Partial<ParsedNode> | null)?.range?.[0] ?? 0;

/** Words of JSON with comments, in which a person looks for the fault. */
const noJson = (text: string): string =>
  /^(\/\/|\/\*|#)/.test(text)
    ? 'JSON has no comments. Take them out, or name the file .yaml and begin them with #.'
    : `${cut(JSON.stringify(text), 40)} stands without quotes, which JSON does not allow. Put it in double quotes.`;

const checkJson = (node: Node, at: Lines): void => {
  const { anchor, tag } = node as { readonly anchor?: string; readonly tag?: string };
  if (isAlias(node) || anchor !== undefined || tag !== undefined)
    throw configError(
      at(startOf(node)),
      'anchors, aliases (*) and tags are YAML, not JSON. Take it out, or name the file .yaml.',
    );
  if (
    isScalar(node) &&
    (node.type === 'PLAIN' || node.type === 'QUOTE_SINGLE') &&
    typeof node.value === 'string'
  )
    throw configError(at(startOf(node)), noJson(node.value));
  if (isCollection(node) && !node.flow)
    throw configError(at(startOf(node)), 'this is YAML, not JSON. Name the file .yaml.');
};

/** Keys that stand twice in a table: with a set, since the parser's own check takes the square of their number. */
const checkKeys = ({ items }: YAMLMap, at: Lines): void => {
  const seen = new Set<string>();
  for (const { key } of items) {
    if (!isScalar(key)) continue;
    if (seen.has(String(key.value)))
      throw configError(at(startOf(key)), 'this key is there twice. Take one out.');
    seen.add(String(key.value));
  }
};

/** Keys that are no words, or there twice; aliases of what is not there, and of what they lie in. */
const checkNodes = (document: Document, at: Lines, json: boolean): void => {
  visit(document, (_key, node, above) => {
    if (isPair(node)) {
      if (isScalar(node.key) && ['string', 'number', 'boolean'].includes(typeof node.key.value)) return;
      throw configError(at(startOf(node.key)), 'a key that is no word. Write key: value.');
    }
    if (isMap(node)) checkKeys(node, at);
    if (typeof node !== 'object' || node === null || !('toJS' in node)) return;
    if (json) checkJson(node as Node, at);
    if (!isAlias(node)) return;
    const target = node.resolve(document);
    const why = target === undefined ? 'stands for nothing: no anchor' : 'contains itself: its anchor';
    if (target === undefined || above.includes(target))
      throw configError(
        at(startOf(node)),
        `*${node.source} ${why} &${node.source} ${target ? 'is around it' : 'is before it'}. A text that begins with * goes in quotes.`,
      );
  });
};

const valueOf = (document: Document, at: Lines): unknown => {
  try {
    return document.toJS() as unknown;
  } catch (error) {
    // What is left is a bomb: aliases of aliases that would fill the memory.
    if (!(error instanceof ReferenceError)) throw error;
    throw configError(at(0), 'its aliases stand for too many values. Write them out, or use fewer.', error);
  }
};

const keyNode = (parent: unknown, key: PropertyKey): unknown =>
  isMap(parent)
    ? parent.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(key))?.key
    : undefined;

/** The place of a key or value, or of the nearest thing above it that is there. */
const locateIn =
  (document: Document, at: Lines): Locate =>
  (keys, ofKey = false) => {
    for (let n = keys.length; n > 0; n--) {
      const path = keys.slice(0, n);
      const parent: unknown = n === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
      const node = document.getIn(path, true) ?? keyNode(parent, path[n - 1]!);
      const found = ofKey && n === keys.length ? (keyNode(parent, path[n - 1]!) ?? node) : node;
      if ((found as Partial<ParsedNode> | undefined)?.range) return at(startOf(found));
    }
    return at(startOf(document.contents));
  };

/** Keys on one line, or lines that are broken, can open levels that no count of brackets and indents tells. */
const withinStack = <T>(name: string, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw configError(name, 'it is broken in so many places that it cannot be read as YAML.', error);
  }
};

/** Reads YAML, or JSON. Throws `config` with the place and one line for everything that is none. */
export const readText = (text: string, { name, json = false, lines = true }: TextOptions): Source => {
  const counter = new LineCounter();
  const at: Lines = (offset) => {
    const { line, col } = counter.linePos(offset);
    return lines ? `${name}:${line}:${col}` : name;
  };
  if (isTooDeep(text))
    throw configError(name, `nested more than ${MAX_DEPTH} deep. A config is a few levels deep.`);
  return withinStack(name, () => {
    const document = parseDocument(text, { lineCounter: counter, logLevel: 'error', uniqueKeys: false });
    const [error] = [...document.errors, ...document.warnings];
    if (error) throw syntaxError(error, at);
    checkNodes(document, at, json);
    return { value: valueOf(document, at), locate: locateIn(document, at) };
  });
};
