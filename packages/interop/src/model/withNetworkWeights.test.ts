import {
  buildInference,
  CHECKPOINT_FORMAT,
  classification,
  seedOf,
  type NdArrays,
  type Task,
} from '@understory/core';
import { fasterRcnn, retinanet } from '@understory/detection';
import { afterAll, describe, expect, it } from 'vitest';
import { disposeAll } from '../testing/detectorRuns.test.support.ts';
import {
  CLASSES,
  detectorCases,
  detectorFile,
  narrowBackbone,
  taskOf,
} from '../testing/detectors.test.support.ts';
import { detectorCodes, networkNames, networkSlots, type Inference } from './network.ts';
import { OWN_NAMES } from '../names/nameTable.ts';
import { takeWeights } from './toModel.ts';
import { withNetworkWeights } from './withNetworkWeights.ts';
import type { BeginOptions } from './withWeights.ts';

const SIZE = [64, 64] as const;

/** A network that begins with a file, and what is said of it. */
const begun = (
  tensors: NdArrays,
  task: Task,
  {
    classes = CLASSES,
    metadata = {},
    ...options
  }: BeginOptions & { classes?: number; metadata?: object } = {},
): { readonly network: Inference; readonly said: string[] } => {
  const said: string[] = [];
  const say = (line: string): void => void said.push(line);
  const drawn = {
    backbone: (request: Parameters<typeof narrowBackbone>[0]) => narrowBackbone(request),
    task,
  };
  const weights = { tensors, metadata: { ...metadata }, leftOut: [] };
  const parts = withNetworkWeights(drawn, weights, { say, ...options });
  const network = buildInference(parts.backbone, parts.task, { classes, size: SIZE, seed: seedOf(0) });
  return { network, said };
};

/** Weights by our names. */
const valuesOf = (network: Inference): Promise<NdArrays> => takeWeights(networkSlots(network), OWN_NAMES);

const prefixed = (prefix: string, tensors: NdArrays): NdArrays =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [prefix + name, tensor]));

const file = (task: string): NdArrays => detectorFile(detectorCases.find((given) => given.task === task)!);

const same = (a: NdArrays, b: NdArrays, names: readonly string[]): string[] =>
  names.filter((name) => Buffer.from(a[name]!.data.buffer).equals(Buffer.from(b[name]!.data.buffer)));

describe.each(['retinanet', 'faster-rcnn'] as const)('a whole %s', (task) => {
  const { network, said } = begun(file(task), taskOf({ task }));
  const wanted = valuesOf(network);
  afterAll(() => disposeAll(network));

  it('is begun with, backbone and task', async () => {
    expect(said[0]).toContain("resnet18 begins with the file's weights (names of torchvision).");
    expect(said[1]).toBe(`${task} begins with the file's weights (names of torchvision).`);
    const values = await wanted;
    const zeros = Object.entries(values).flatMap(([name, { data }]) =>
      data.every((v) => v === 0) ? [name] : [],
    );
    expect(zeros).toEqual([]);
  });

  it.each(detectorCodes(task))('comes back under the names of %s, wrapped or not', async (code) => {
    const written = await takeWeights(networkSlots(network), networkNames(network, task, code));
    const wrapped = code === 'understory' ? written : prefixed('state_dict.module.', written);
    for (const tensors of [written, wrapped]) {
      const again = begun(tensors, taskOf({ task }));
      const values = await valuesOf(again.network);
      const names = Object.keys(values);
      expect(same(values, await wanted, names)).toEqual(names);
      expect(again.said.at(-1)).toBe(`${task} begins with the file's weights (names of ${code}).`);
      disposeAll(again.network);
    }
  });

  it('of another number of classes keeps all else', async () => {
    const other = begun(file(task), taskOf({ task }), { classes: 5 });
    const values = await valuesOf(other.network);
    const expected = await wanted;
    const names = Object.keys(values).filter(
      (name) => values[name]!.shape.join() === expected[name]!.shape.join(),
    );
    expect(Object.keys(values).length - names.length).toBe(task === 'retinanet' ? 2 : 4);
    expect(same(values, expected, names)).toEqual(names);
    expect(other.said[1]).toContain('but for the classes: the file has 3, this run 5; they start afresh');
    disposeAll(other.network);
  });
});

it('a run of the same task is begun with, as it is evaluated', async () => {
  const first = begun(file('retinanet'), taskOf({ task: 'retinanet' }));
  const values = await valuesOf(first.network);
  const checkpoint = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name.startsWith('task/') ? name : `backbone/${name}`,
      value,
    ]),
  );
  const metadata = { format: CHECKPOINT_FORMAT };
  const again = begun(checkpoint, taskOf({ task: 'retinanet' }), { metadata });
  const names = Object.keys(values);
  expect(same(await valuesOf(again.network), values, names)).toEqual(names);
  const narrow = begun(checkpoint, retinanet({ variant: 'torchvision', width: 8 }), { metadata });
  expect(narrow.said[1]).toMatch(/^retinanet starts afresh: the file's has other options.*Of another shape/);
  for (const { network } of [first, again, narrow]) disposeAll(network);
});

it('says where a file is of another detector, and begins with its backbone', () => {
  const { network, said } = begun(file('faster-rcnn'), taskOf({ task: 'retinanet' }));
  expect(said[0]).toContain("resnet18 begins with the file's weights (names of torchvision)");
  expect(said[1]).toBe("retinanet starts afresh: the file's network is of another task.");
  disposeAll(network);
});

it('says what a classifier leaves out of a detector', () => {
  const { network, said } = begun(file('retinanet'), classification);
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(/Left out of the file: 3\d tensors/);
  disposeAll(network);
});

it('refuses a pyramid of another width, and takes the backbone alone where the prefix says so', () => {
  const wide = fasterRcnn({ variant: 'torchvision', width: 24, hidden: 24 });
  const options = { file: 'whole.pth' };
  const refused = expect.objectContaining({
    code: 'weights-mismatch',
    message: expect.stringMatching(/^whole\.pth: .*"prefix: backbone\.body\."/) as string,
  }) as unknown;
  let error: unknown;
  try {
    begun(file('faster-rcnn'), wide, options);
  } catch (caught) {
    error = caught;
  }
  expect(error).toEqual(refused);
  const { network, said } = begun(file('faster-rcnn'), wide, { ...options, prefix: 'backbone.body.' });
  expect(said).toHaveLength(1);
  disposeAll(network);
});

describe('names of weights', () => {
  const placesOf = (
    task: 'retinanet' | 'faster-rcnn',
    code: string,
    weights: readonly string[],
  ): unknown[] => {
    const { network } = begun(file(task), taskOf({ task }));
    const names = networkNames(network, task, code);
    const places = weights.map((weight) => names.place(weight)?.name);
    disposeAll(network);
    return places;
  };

  it('are those of published files: mmdetection', () => {
    const pyramid = ['stem/conv/kernel', 'task/fpn/lateral3/bias', 'task/fpn/output5/kernel'];
    const head = ['class/tower3', 'box/tower0', 'class', 'box'].map((layer) => `task/head/${layer}/kernel`);
    expect(placesOf('retinanet', 'mmdetection', [...pyramid, 'task/fpn/further7/bias', ...head])).toEqual([
      ...['backbone.conv1.weight', 'neck.lateral_convs.0.conv.bias', 'neck.fpn_convs.2.conv.weight'],
      ...['neck.fpn_convs.4.conv.bias', 'bbox_head.cls_convs.3.conv.weight'],
      ...['bbox_head.reg_convs.0.conv.weight', 'bbox_head.retina_cls.weight', 'bbox_head.retina_reg.weight'],
    ]);
    const rpn = ['shared0', 'objectness', 'deltas'].map((layer) => `task/rpn/${layer}/kernel`);
    const boxes = ['hidden1', 'hidden2', 'score', 'delta'].map((layer) => `task/boxes/${layer}/kernel`);
    expect(placesOf('faster-rcnn', 'mmdetection', [...pyramid, ...rpn, ...boxes])).toEqual([
      ...['backbone.conv1.weight', 'neck.lateral_convs.1.conv.bias', 'neck.fpn_convs.3.conv.weight'],
      ...['rpn_head.rpn_conv.weight', 'rpn_head.rpn_cls.weight', 'rpn_head.rpn_reg.weight'],
      ...['shared_fcs.0', 'shared_fcs.1', 'fc_cls', 'fc_reg'].map((fc) => `roi_head.bbox_head.${fc}.weight`),
    ]);
  });

  it('are those of published files: torchvision before 0.13', () => {
    const weights = ['fpn/lateral3', 'fpn/output4', 'fpn/further6', 'head/class/tower3', 'head/box/tower1'];
    expect(
      placesOf(
        'retinanet',
        'torchvision-0.12',
        weights.map((layer) => `task/${layer}/bias`),
      ),
    ).toEqual([
      ...['backbone.fpn.inner_blocks.0.bias', 'backbone.fpn.layer_blocks.1.bias'],
      ...['backbone.fpn.extra_blocks.p6.bias', 'head.classification_head.conv.6.bias'],
      'head.regression_head.conv.2.bias',
    ]);
    expect(placesOf('faster-rcnn', 'torchvision-0.12', ['task/rpn/shared0/bias'])).toEqual([
      'rpn.head.conv.bias',
    ]);
  });

  it('are unknown for other codes and tasks, and the error says which are known', () => {
    const { network } = begun(file('retinanet'), taskOf({ task: 'retinanet' }));
    expect(() => networkNames(network, 'retinanet', 'timm')).toThrow(
      /Known: understory, torchvision, torchvision-0\.12, mmdetection/,
    );
    expect(() => networkNames(network, 'segmentation', 'torchvision')).toThrow(/Use "understory"/);
    disposeAll(network);
  });
});
