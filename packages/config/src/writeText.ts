import { Document, isMap, isPair, isScalar, isSeq } from 'yaml';

/** Lists of names and numbers stand in one line; those that hold more, on lines of their own. */
const inLines = (node: unknown, depth = 0): void => {
  if (isSeq(node)) {
    node.flow = depth > 0;
    node.items.forEach((item) => inLines(item, depth + 1));
  }
  if (isMap(node)) {
    node.flow = depth > 1;
    node.items.forEach((pair) => isPair(pair) && inLines(pair.value, depth + 1));
  }
};

/** A config as YAML, with a comment before the keys that have one. */
export const configText = (
  config: Readonly<Record<string, unknown>>,
  comments: Readonly<Record<string, string>> = {},
): string => {
  const document = new Document(config);
  if (isMap(document.contents))
    for (const pair of document.contents.items) {
      if (!isScalar(pair.key)) continue;
      const comment = comments[String(pair.key.value)];
      if (comment !== undefined) pair.key.commentBefore = ` ${comment.replaceAll('\n', '\n ')}`;
      inLines(pair.value, isSeq(pair.value) && !isSeq(pair.value.items[0]) ? 1 : 0);
    }
  return document.toString({ lineWidth: 130, flowCollectionPadding: true });
};
