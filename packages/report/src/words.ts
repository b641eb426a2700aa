/** What people call the numbers that runs measure; a name that is not here is its own word. */
const NUMBERS: Readonly<Record<string, string>> = {
  accuracy: 'accuracy',
  ece: 'calibration error',
  mce: 'largest calibration error',
  nll: 'log-loss, nats',
  loss: 'loss',
  map: 'mean average precision',
  f1: 'F1',
  'mean-iou': 'mean IoU',
};

/** What terms of losses are short for. */
const TERMS: Readonly<Record<string, string>> = { ce: 'cross-entropy', kl: 'divergence' };

const own = (words: Readonly<Record<string, string>>, name: string): string | undefined =>
  Object.hasOwn(words, name) ? words[name] : undefined;

/** `calibration error` for `ece`; names that no list knows stay as they are, since a plugin chose them. */
export const numberWords = (name: string): string => {
  const top = /^top-?(\d+)$/.exec(name)?.[1];
  return own(NUMBERS, name) ?? (top === undefined ? name : `accuracy of the first ${top}`);
};

/** A name of a plugin or a layer as people write it: `contrastive deep supervision`, `stage 1`. */
const spoken = (name: string): string =>
  own(TERMS, name) ?? name.replace(/(?<=[a-z])[-_](?=[a-z])/g, ' ').replace(/(?<=[a-z]{3})(?=\d+$)/, ' ');

/** A term of a loss in words: what asks for it, and which part of that it is, where the two are not the same. */
export interface TermWords {
  readonly objective: string;
  readonly part: string | undefined;
}

/** `<objective>/<term>` → its words: `contrastive-deep-supervision/stage1` is `contrastive deep supervision`, `stage 1`. */
export const termWords = (name: string): TermWords => {
  const cut = name.indexOf('/');
  if (cut < 0) return { objective: spoken(name), part: undefined };
  const [objective, part] = [spokenObjective(name.slice(0, cut)), spoken(name.slice(cut + 1))];
  return { objective, part: part === objective ? undefined : part };
};

/** `cross-entropy` is written with its dash by everybody. */
const spokenObjective = (name: string): string =>
  name === 'cross-entropy' ? name : (own(TERMS, name) ?? spoken(name));
