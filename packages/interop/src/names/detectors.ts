import type { Slot } from '../model/slots.ts';
import { backgroundBoxes, backgroundFirst, channelsFirst } from './detectorLayouts.ts';
import { layerTable, type LayerRule, type NameTable, type Place } from './nameTable.ts';

/** How a code names a whole detector. */
export interface DetectorCode {
  readonly code: string;
  /** A name that every detector of this code with a feature pyramid has. */
  readonly mark: string;
  /** What stands before the names of the backbone, and whose names these are. */
  readonly body: string;
  readonly backbone: string;
  /** What other code may have in the same modules: the backbone itself, heads for masks. */
  readonly others: RegExp;
  /** Names of a task's layers, by task. */
  readonly tasks: Readonly<Record<string, (levels: Levels) => readonly LayerRule[]>>;
  /** Weights that lie otherwise there, by our name without its role. */
  readonly layouts: Readonly<Record<string, NonNullable<Place['layout']>>>;
}

/** Levels of a pyramid are numbered by their stride here (3: stride 8), and from 0 on in most code. */
interface Levels {
  readonly fromFinest: (level: string) => number;
  readonly fromCoarsest: (level: string) => number;
}

const levelsIn = (slots: readonly Slot[]): Levels => {
  const numbers = slots.flatMap(({ name }) => /fpn\/lateral(\d+)\//.exec(name)?.[1] ?? []).map(Number);
  return {
    fromFinest: (level) => Number(level) - Math.min(...numbers),
    fromCoarsest: (level) => Number(level) - Math.max(...numbers),
  };
};

/** How a version of torchvision spells convolutions: since 0.13 each is in a row with its activation. */
interface Spelling {
  /** What follows the number of a pyramid's convolution. */
  readonly pyramid: string;
  readonly tower: (i: string) => string;
  readonly rpn: string;
}

const torchvisionRules = ({ pyramid: end, tower, rpn }: Spelling): DetectorCode['tasks'] => {
  const pyramid = ({ fromFinest, fromCoarsest }: Levels): LayerRule[] => [
    [/fpn\/lateral(\d+)/, (level) => `backbone.fpn.inner_blocks.${fromFinest(level)}${end}`],
    [/fpn\/output(\d+)/, (level) => `backbone.fpn.layer_blocks.${fromFinest(level)}${end}`],
    [/fpn\/further(\d+)/, (level) => `backbone.fpn.extra_blocks.p${5 + fromCoarsest(level)}`],
  ];
  return {
    retinanet: (levels) => [
      ...pyramid(levels),
      [/head\/class\/tower(\d+)/, (i) => `head.classification_head.${tower(i)}`],
      [/head\/box\/tower(\d+)/, (i) => `head.regression_head.${tower(i)}`],
      [/head\/class/, 'head.classification_head.cls_logits'],
      [/head\/box/, 'head.regression_head.bbox_reg'],
    ],
    'faster-rcnn': (levels) => [
      ...pyramid(levels),
      [/rpn\/shared0/, rpn],
      [/rpn\/objectness/, 'rpn.head.cls_logits'],
      [/rpn\/deltas/, 'rpn.head.bbox_pred'],
      [/boxes\/hidden1/, 'roi_heads.box_head.fc6'],
      [/boxes\/hidden2/, 'roi_heads.box_head.fc7'],
      [/boxes\/score/, 'roi_heads.box_predictor.cls_score'],
      [/boxes\/delta/, 'roi_heads.box_predictor.bbox_pred'],
    ],
  };
};

const TORCHVISION = {
  body: 'backbone.body.',
  backbone: 'torchvision',
  others: /^(?:backbone\.body|roi_heads\.(?:mask|keypoint)_\w+)\./,
  layouts: {
    'boxes/hidden1/kernel': channelsFirst,
    'boxes/score/kernel': backgroundFirst,
    'boxes/score/bias': backgroundFirst,
    'boxes/delta/kernel': backgroundBoxes,
    'boxes/delta/bias': backgroundBoxes,
  },
} as const;

const mmdetectionPyramid = ({ fromFinest }: Levels): LayerRule[] => [
  [/fpn\/lateral(\d+)/, (level) => `neck.lateral_convs.${fromFinest(level)}.conv`],
  [/fpn\/(?:output|further)(\d+)/, (level) => `neck.fpn_convs.${fromFinest(level)}.conv`],
];

/** Codes that name whole detectors, the one that is meant by default first. */
export const DETECTORS: readonly DetectorCode[] = [
  {
    ...TORCHVISION,
    code: 'torchvision',
    mark: 'backbone.fpn.inner_blocks.0.0.weight',
    tasks: torchvisionRules({ pyramid: '.0', tower: (i) => `conv.${i}.0`, rpn: 'rpn.head.conv.0.0' }),
  },
  {
    ...TORCHVISION,
    code: 'torchvision-0.12',
    mark: 'backbone.fpn.inner_blocks.0.weight',
    tasks: torchvisionRules({ pyramid: '', tower: (i) => `conv.${2 * Number(i)}`, rpn: 'rpn.head.conv' }),
  },
  {
    code: 'mmdetection',
    mark: 'neck.lateral_convs.0.conv.weight',
    body: 'backbone.',
    backbone: 'torchvision',
    others: /^roi_head\.mask_\w+\./,
    layouts: { 'boxes/hidden1/kernel': channelsFirst },
    tasks: {
      retinanet: (levels) => [
        ...mmdetectionPyramid(levels),
        [/head\/class\/tower(\d+)/, 'bbox_head.cls_convs.$1.conv'],
        [/head\/box\/tower(\d+)/, 'bbox_head.reg_convs.$1.conv'],
        [/head\/class/, 'bbox_head.retina_cls'],
        [/head\/box/, 'bbox_head.retina_reg'],
      ],
      'faster-rcnn': (levels) => [
        ...mmdetectionPyramid(levels),
        [/rpn\/shared0/, 'rpn_head.rpn_conv'],
        [/rpn\/objectness/, 'rpn_head.rpn_cls'],
        [/rpn\/deltas/, 'rpn_head.rpn_reg'],
        [/boxes\/hidden1/, 'roi_head.bbox_head.shared_fcs.0'],
        [/boxes\/hidden2/, 'roi_head.bbox_head.shared_fcs.1'],
        [/boxes\/score/, 'roi_head.bbox_head.fc_cls'],
        [/boxes\/delta/, 'roi_head.bbox_head.fc_reg'],
      ],
    },
  },
];

/** How a code names what a task puts on a backbone: nothing of it where the code has no such task. */
export const taskTable = (
  { code, tasks, layouts, others }: DetectorCode,
  task: string,
  slots: readonly Slot[],
): NameTable => {
  const rules = Object.hasOwn(tasks, task) ? tasks[task]!(levelsIn(slots)) : [];
  const table = layerTable(code, rules, others);
  return {
    ...table,
    place: (weight) => {
      const place = table.place(weight);
      const layout = layouts[weight];
      return place && layout ? { ...place, layout } : place;
    },
  };
};
