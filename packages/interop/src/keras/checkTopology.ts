import { isCount, isObject } from '@understory/core';
type Json = Record<string, unknown>;

/** Deepest nesting and most values of a model's description: no network needs more. */
const MAX_DEPTH = 100;
const MAX_VALUES = 2_000_000;
/** Options that decide how large a layer's weights are. */
const SIDES = ['units', 'filters', 'input_dim', 'output_dim', 'depth_multiplier'];

/** tfjs takes these for the keys that Keras writes with underscores, which are the ones looked at here. */
const FOREIGN = /^(?:className|inputLayers|outputLayers|inboundNodes|inputDim|outputDim|depthMultiplier)$/;

const short = (value: unknown): string =>
  ((JSON.stringify(value) as string | undefined) ?? 'nothing').slice(0, 60);

/** Every object in a description; what is wrong with its nesting otherwise. */
const objectsIn = (root: unknown): Json[] | string => {
  const waiting: [value: unknown, depth: number][] = [[root, 0]];
  const objects: Json[] = [];
  for (let done = 0, next = waiting.pop(); next !== undefined; next = waiting.pop(), done++) {
    const [value, depth] = next;
    if (typeof value !== 'object' || value === null) continue;
    if (depth > MAX_DEPTH) return `its description is nested more than ${MAX_DEPTH} deep`;
    if (done > MAX_VALUES) return `its description has more than ${MAX_VALUES} values`;
    if (isObject(value)) objects.push(value);
    for (const child of Object.values(value)) waiting.push([child, depth + 1]);
  }
  return objects;
};

/** A call's tensors: [layer, which call of it, which output, …]. */
type Call = readonly (readonly [layer: string, node: number])[];

interface GraphLayer {
  readonly name: string;
  /** Calls that it begins with: inputs and models have one. */
  readonly own: number;
  readonly calls: readonly Call[];
}

const callOf = (node: unknown): Call | undefined => {
  if (!Array.isArray(node)) return undefined;
  const rows = node as unknown[];
  const isSound = (row: unknown): boolean =>
    Array.isArray(row) && typeof row[0] === 'string' && isCount(row[1]) && isCount(row[2]);
  return rows.length > 0 && rows.every(isSound) ? (rows as [string, number][]) : undefined;
};

/** Whether a layer is a model that knows its input, and so was called once already. */
const isCalledModel = ({ class_name: kind, config }: Json): boolean => {
  const layers: unknown = isObject(config) ? config['layers'] : config;
  if (!Array.isArray(layers)) return false;
  const [first] = layers as unknown[];
  if (kind !== 'Sequential') return true;
  const hasShape = isObject(first) && isObject(first['config']) && 'batch_input_shape' in first['config'];
  return hasShape || (isObject(first) && first['class_name'] === 'InputLayer');
};

const layerOf = (layer: unknown): GraphLayer | string => {
  if (!isObject(layer) || typeof layer['name'] !== 'string') return `${short(layer)} is no layer with a name`;
  const nodes: unknown = layer['inbound_nodes'] ?? [];
  if (!Array.isArray(nodes)) return `layer "${layer['name']}" has no list of inbound nodes`;
  const calls = nodes.map(callOf);
  if (calls.includes(undefined)) return `layer "${layer['name']}" has an inbound node that is none`;
  const own = layer['class_name'] === 'InputLayer' || isCalledModel(layer) ? 1 : 0;
  return { name: layer['name'], own, calls: calls as Call[] };
};

/** Calls in the order in which their inputs are there; what waits for an input that never comes is named. */
const waitingIn = (layers: readonly GraphLayer[]): string[] => {
  const made = new Map(layers.map(({ name, own }) => [name, own]));
  let waiting = layers.flatMap(({ name, calls }) => calls.map((call) => ({ name, call })));
  for (let before = -1; before !== waiting.length;) {
    before = waiting.length;
    waiting = waiting.filter(({ name, call }) => {
      if (!call.every(([layer, node]) => (made.get(layer) ?? 0) > node)) return true;
      made.set(name, made.get(name)! + 1);
      return false;
    });
  }
  return [...new Set(waiting.map(({ name }) => name))];
};

/** tfjs waits without end for an input that never comes. */
const graphFault = ({ config, class_name: kind }: Json): string | undefined => {
  if (!isObject(config) || kind === 'Sequential' || !Array.isArray(config['layers'])) return undefined;
  const layers = config['layers'].map(layerOf);
  const wrong = layers.find((layer) => typeof layer === 'string');
  if (typeof wrong === 'string') return wrong;
  const sound = layers as GraphLayer[];
  if (new Set(sound.map(({ name }) => name)).size !== sound.length) return 'two of its layers have one name';
  const [first, ...more] = waitingIn(sound);
  if (first === undefined) return undefined;
  const others = more.length > 0 ? ` and ${more.length} more` : '';
  return `layer "${first}"${others} waits for an input that never comes`;
};

/** A layer whose weights would be larger than any that the file holds. */
const sizeFault = ({ config, class_name: kind }: Json, longest: number): string | undefined => {
  if (!isObject(config)) return undefined;
  const side = SIDES.find((key) => typeof config[key] === 'number' && !(config[key] <= longest));
  return side && `${short(kind)} has ${short(config[side])} ${side}, and the file no weights of that size`;
};

/** What is wrong with how deep a description is nested, or how long it is. */
export const nestingFault = (topology: unknown): string | undefined => {
  const objects = objectsIn(topology);
  return typeof objects === 'string' ? objects : undefined;
};

/**
 * What is wrong with a plain description of a model, in words; undefined where a network can be built of it in bounded
 * time and memory. `longest` is the longest side of its weights.
 */
export const topologyFault = (topology: unknown, longest: number): string | undefined => {
  const objects = objectsIn(topology);
  if (typeof objects === 'string') return objects;
  for (const object of objects) {
    const foreign = Object.keys(object).find((key) => FOREIGN.test(key));
    if (foreign !== undefined) return `its description has the key "${foreign}", which Keras does not write`;
    const fault = graphFault(object) ?? sizeFault(object, longest);
    if (fault !== undefined) return fault;
  }
  return undefined;
};
