import { UnderstoryError } from '@understory/core';
import { Dict, Global, Inert, type Items, type PickleRules } from '@understory/core/pickle';
import { Storage, tensorView, UnreadView } from './tensorView.ts';
import { isUnsafe } from './unsafeCalls.ts';

const unread = (why: string) => (): UnreadView => new UnreadView(why);

/** Calls that PyTorch and Python write for tensors, parameters and containers. All else stays inert. */
const CALLS: Readonly<Record<string, (args: Items) => unknown>> = {
  'collections.OrderedDict': ([items]) => dictOf(items),
  'collections.defaultdict': ([, items]) => dictOf(items),
  'builtins.dict': ([items]) => dictOf(items),
  '__builtin__.dict': ([items]) => dictOf(items),
  'builtins.set': ([items = []]) => items,
  '__builtin__.set': ([items = []]) => items,
  'builtins.frozenset': ([items = []]) => items,
  'torch.Size': ([sizes]) => sizes,
  'torch._utils._rebuild_tensor': (args) => tensorView(args, 2),
  'torch._utils._rebuild_tensor_v2': (args) => tensorView(args, 2),
  'torch._utils._rebuild_tensor_v3': (args) => tensorView(args, 3),
  'torch._utils._rebuild_parameter': ([data]) => data,
  'torch._utils._rebuild_parameter_with_state': ([data]) => data,
  'torch._tensor._rebuild_from_type_v2': ([rebuild, , args]) =>
    rebuild instanceof Global && Array.isArray(args) ? answer(rebuild.name, args as Items) : undefined,
  'torch._utils._rebuild_qtensor': unread('it is quantized; save it as float32'),
  'torch._utils._rebuild_sparse_tensor': unread('it is sparse; save it dense'),
  'torch._utils._rebuild_sparse_csr_tensor': unread('it is sparse; save it dense'),
  'torch._utils._rebuild_nested_tensor': unread('it is a nested tensor'),
  'torch._utils._rebuild_meta_tensor_no_storage': unread('it is on the device "meta", without numbers'),
  'torch._utils._rebuild_device_tensor_from_numpy': unread('it was saved as a NumPy array'),
  'torch._utils._rebuild_wrapper_subclass': unread('it is of a class of its own'),
};

/** Pairs of a key and a value, as Python 2 writes the items of a dictionary. */
const dictOf = (items: unknown): Dict => {
  const dict = new Dict();
  if (items instanceof Dict) for (const entry of items.entries) dict.entries.push(entry);
  if (Array.isArray(items))
    for (const item of items as Items)
      if (Array.isArray(item) && item.length === 2) dict.entries.push([item[0], item[1]]);
  return dict;
};

const answer = (name: string, args: Items): unknown => {
  if (isUnsafe(name)) throw unsafe(name);
  return Object.hasOwn(CALLS, name) ? CALLS[name]!(args) : inert(name, args);
};

/** Python's own way to make an object names its class first: `copyreg._reconstructor(class, …)`. */
const inert = (name: string, args: Items): Inert => {
  const [first] = args;
  const isMaker = /^(?:copyreg|copy_reg)\.|\._reconstruct\w*$/.test(name);
  return isMaker && first instanceof Global ? new Inert(first.name, args.slice(1)) : new Inert(name, args);
};

const unsafe = (name: string): UnderstoryError =>
  new UnderstoryError(
    'unsafe-pickle',
    `This file wants to call ${JSON.stringify(name.slice(0, 100))}, which makes no tensor but can do harm. Nothing of it ` +
      'was run. Do not load it in Python either. Ask for the weights alone, saved with torch.save(model.state_dict(), file).',
  );

/** A part of a storage, as old files have them: its key, where it begins and how long it is, in elements. */
const partOffset = (view: unknown): number => {
  const offset: unknown = Array.isArray(view) ? (view as Items)[1] : 0;
  return typeof offset === 'number' && Number.isSafeInteger(offset) && offset >= 0 ? offset : 0;
};

/** What a file of weights says, as data. Errors: `unsafe-pickle`, `bad-pytorch`. */
export const torchRules: PickleRules = {
  call: answer,
  resolve: (id) => {
    const [kind, type, key, , , view] = Array.isArray(id) ? (id as Items) : [];
    const isStorage = kind === 'storage' && (typeof key === 'string' || typeof key === 'number');
    if (!isStorage || !(type instanceof Global)) return new Inert('a reference', [id]);
    return new Storage(String(key), type.name, partOffset(view));
  },
};
