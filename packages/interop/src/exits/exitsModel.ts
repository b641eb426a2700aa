import { input, layers, model, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { UnderstoryError, type Backbone, type ExportedExit, type ExportedExits } from '@understory/core';
import { preprocessed, type ExportedDataset } from '../inferenceModel.ts';
import { cutAtTaps, type PartEnd } from './cutAtTaps.ts';

/** What the metadata of an exported model say of an exit. */
export interface ExitMetadata {
  /** Of the model's layer that is the network from the exit before to this one. */
  readonly part: string;
  readonly threshold: number;
  readonly temperature: number;
  readonly multiplyAdds: number;
}

/** What the metadata of an exported model say. */
export interface ExitsMetadata {
  readonly exits: readonly ExitMetadata[];
  /** 95 % of validation images have at least this mean of all taps' scores. */
  readonly insideFrom: number;
}

/** A threshold that no probability reaches; JSON has no word for Infinity. */
const NEVER = 2;

const apply = (x: SymbolicTensor, layer: layers.Layer): SymbolicTensor => layer.apply(x) as SymbolicTensor;

/** From a tap's map, or from logits, to logits that are divided by their temperature. */
const classifierOf = ({ name, classifier, temperature }: ExportedExit, from: SymbolicTensor): LayersModel => {
  const x = input({ shape: from.shape.slice(1), name: `${name}/exit/input` });
  const cooled = layers.rescaling({ name: `${name}/exit/cooled`, scale: 1 / temperature, offset: 0 });
  return model({ name: `${name}/exit`, inputs: x, outputs: apply(classifier.reduce(apply, x), cooled) });
};

/** Weights are found by their names when a model is read: of two of one name, one would be lost. */
const mustDiffer = (whole: LayersModel): void => {
  const names = whole.weights.map(({ originalName }) => originalName);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return;
  throw new UnderstoryError(
    'export',
    `Two weights of the network with exits are called "${twice}", so its file could not be read. Give the backbone's layers other names than those of heads, or leave --exits out.`,
  );
};

/** What an exit's part gives beside what it carries over: calibrated logits, and the tap's score. */
const endOf = (exit: ExportedExit): PartEnd => ({
  name: exit.name,
  end: (map, logits) => {
    const from = logits ?? map;
    return [apply(from, classifierOf(exit, from)), apply(map, exit.inside)];
  },
});

/** Calls parts one after the other: their logits, and the mean of their scores. */
const chained = (parts: readonly LayersModel[], pixels: SymbolicTensor): SymbolicTensor[] => {
  let state: SymbolicTensor[] = [pixels];
  const made = parts.map((part) => {
    const given = part.apply(state.length === 1 ? state[0]! : state);
    const [logits, score, ...next] = [given].flat() as SymbolicTensor[];
    state = next;
    return { logits: logits!, score: score! };
  });
  const scores = made.map(({ score }) => score);
  const mean = layers.average({ name: 'inside' }).apply(scores) as SymbolicTensor;
  return [...made.map(({ logits }) => logits), mean];
};

/**
 * A classifier with its early exits: pixels 0…255 [B, H, W, 3] → calibrated logits [B, C] of each exit, shallow to deep, and of the
 * end; then the mean of the taps' scores [B, 1]. Its layers are the network's parts, each a model [from the exit before] → [logits,
 * score of the tap, …what the next part takes], which can be run one after the other; its metadata (`ExitsMetadata`) name them, with
 * thresholds. Errors: `export`.
 */
export const exitsModel = (
  backbone: Backbone,
  { early, end, insideFrom }: ExportedExits,
  dataset: ExportedDataset,
): LayersModel => {
  const all = [...early, end];
  const images = { size: dataset.size, first: (x: SymbolicTensor) => preprocessed(dataset, x) };
  const parts = cutAtTaps(backbone, all.map(endOf), images);
  const pixels = input({ name: 'pixels', shape: [...dataset.size, 3] });
  const whole = model({ name: 'exits', inputs: pixels, outputs: chained(parts, pixels) });
  mustDiffer(whole);
  const exits = all.map(({ name, threshold, temperature, multiplyAdds }): ExitMetadata => {
    return { part: name, threshold: Math.min(threshold, NEVER), temperature, multiplyAdds };
  });
  whole.setUserDefinedMetadata({ exits, insideFrom } satisfies ExitsMetadata);
  return whole;
};
