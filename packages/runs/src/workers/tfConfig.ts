import { UnderstoryError } from '@understory/core';
import { checkCluster, isLoopback, type Cluster } from '@understory/engine';

const refuse = (text: string): never => {
  throw new UnderstoryError('tf-config', `TF_CONFIG ${text}`);
};

const EXAMPLE =
  '{"cluster": {"worker": ["10.0.0.2:2222", "10.0.0.3:2222"]}, "task": {"type": "worker", "index": 0}}';

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const parsed = (text: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // It is refused like any other text.
  }
  return refuse(`is no JSON object. Give it as TensorFlow knows it: ${EXAMPLE}.`);
};

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

/** Kinds of tasks that train, the first ones first. */
const TRAINING = ['chief', 'worker'];

/** Addresses by kind; there is none of a kind that is not named. */
const addressesOf = (cluster: unknown): Readonly<Record<string, readonly string[]>> => {
  if (!isObject(cluster)) return refuse(`names no "cluster". Give it as TensorFlow knows it: ${EXAMPLE}.`);
  const other = Object.keys(cluster).find((kind) => !TRAINING.includes(kind));
  if (other !== undefined)
    refuse(
      `names tasks of the kind "${other.slice(0, 40)}", and training knows ${TRAINING.join(' and ')}. Take it out.`,
    );
  const entries = Object.entries(cluster).map(([kind, list]) =>
    isTexts(list) ? ([kind, list] as const) : refuse(`names "${kind}" without a list of host:port.`),
  );
  return Object.fromEntries(entries);
};

/** The workers that `TF_CONFIG` names, as TensorFlow's users write it; one or more. Errors: `tf-config`, `cluster`. */
export const readTfConfig = (text: string): Cluster => {
  const { cluster, task } = parsed(text);
  const { chief = [], worker = [] } = addressesOf(cluster);
  const { type, index } = isObject(task) ? task : {};
  if ((type !== 'chief' && type !== 'worker') || typeof index !== 'number')
    return refuse('does not say which task this is: "task": {"type": "worker", "index": 0}.');
  const found = { addresses: [...chief, ...worker], rank: type === 'chief' ? index : chief.length + index };
  checkCluster(found);
  return found;
};

/** Errors: `trust-network`, where workers are to be met on a network that others may be on too. */
export const requireTrust = ({ addresses }: Cluster, trusted: boolean): void => {
  const far = addresses.find((address) => !isLoopback(address));
  if (far === undefined || trusted) return;
  throw new UnderstoryError(
    'trust-network',
    `A worker is at ${far}, and what TensorFlow sends there is neither encrypted nor asked for a password; its server listens on ` +
      'all networks of this machine. Where a firewall or a VPN keeps others out, add --trust-network.',
  );
};
