/** What of a network a method looks at. */
export type Place = 'image' | 'stage1' | 'stage2' | 'stage3' | 'stage4' | 'pooled' | 'logits';

/** Whose numbers it compares these with. */
export type Beside = 'teacher' | 'average' | 'view' | 'queue' | 'bank';

/** What the picture of a method shows. */
export interface Look {
  readonly at: readonly Place[];
  /** What hangs there while it trains. */
  readonly hangs?: string;
  /** Places that are looked at as they are, though something hangs at the others. */
  readonly bare?: readonly Place[];
  readonly beside?: Beside;
}

const STAGES = ['stage1', 'stage2', 'stage3'] as const;
const ALL = [...STAGES, 'stage4'] as const;
const LOGITS: Look = { at: ['logits'], beside: 'teacher' };
const POOLED: Look = { at: ['pooled'], beside: 'teacher' };

/** Every objective, by name. A test holds that no stage has a module which is not shown here. */
export const LOOKS: Readonly<Record<string, Look>> = {
  'retinanet-loss': { at: ['stage2', 'stage3', 'stage4'], hangs: 'pyramid' },
  'faster-rcnn-loss': { at: ALL, hangs: 'pyramid' },
  'cross-entropy': { at: ['logits'] },
  'mixed-cross-entropy': { at: ['image', 'logits'], hangs: 'mixed' },
  'contrastive-deep-supervision': {
    at: [...STAGES, 'pooled'],
    hangs: 'head',
    beside: 'view',
    bare: ['pooled'],
  },
  'region-contrast': { at: STAGES, hangs: 'head', beside: 'view' },
  'deeply-supervised-nets': { at: STAGES, hangs: 'classifier' },
  'knowledge-synergy': { at: ['stage2', 'stage3', 'logits'], hangs: 'branch' },
  'hierarchical-mimicking': { at: ['stage2', 'stage3', 'logits'], hangs: 'branch' },
  'momentum-contrast': { at: ['pooled'], hangs: 'head', beside: 'queue' },
  'bootstrap-latents': { at: ['pooled'], hangs: 'predictor', beside: 'average' },
  'simple-siamese': { at: ['pooled'], hangs: 'predictor', beside: 'view' },
  'swapped-prediction': { at: ['pooled'], hangs: 'prototypes', beside: 'view' },
  'bootstrap-deep-supervision': { at: [...STAGES, 'pooled'], hangs: 'predictor', beside: 'average' },
  'tap-entropy': { at: STAGES },
  'tap-spread': { at: [...STAGES, 'pooled'], hangs: 'pool', bare: ['pooled'] },
  'knowledge-distillation': LOGITS,
  'decoupled-distillation': LOGITS,
  'class-relation-distillation': LOGITS,
  'normalized-distillation': LOGITS,
  'universal-self-distillation': { at: ['stage3', 'logits'], hangs: 'weak head' },
  'attention-transfer': { at: ALL, beside: 'teacher' },
  'relational-distillation': POOLED,
  'similarity-preserving': { at: ['stage4'], beside: 'teacher' },
  'probabilistic-transfer': POOLED,
  'neuron-selectivity': { at: ALL, beside: 'teacher' },
  'hint-transfer': { at: ['stage2'], hangs: 'regressor', beside: 'teacher' },
  'knowledge-review': { at: [...ALL, 'pooled'], hangs: 'fusion', beside: 'teacher' },
  'correlation-congruence': { ...POOLED, hangs: 'linear' },
  'contrastive-representation': { at: ['pooled'], hangs: 'linear', beside: 'bank' },
  'native-ensemble': { at: ['stage3', 'logits'], hangs: 'branches' },
  'self-supervised-distillation': { at: ['pooled', 'logits'], hangs: 'head', beside: 'teacher' },
  'hierarchical-distillation': { at: [...ALL, 'logits'], hangs: 'branch', beside: 'teacher' },
  'layered-self-supervision': { at: ALL, hangs: 'branch' },
  'cds-distillation': {
    at: [...STAGES, 'pooled', 'logits'],
    hangs: 'head',
    beside: 'teacher',
    bare: ['pooled'],
  },
  'contrastive-semi-supervision': {
    at: [...STAGES, 'pooled'],
    hangs: 'head',
    beside: 'view',
    bare: ['pooled'],
  },
  'pseudo-label': { at: ['logits'] },
  'mean-teacher': { at: ['logits'], beside: 'average' },
  fixmatch: { at: ['logits'], beside: 'view' },
  freematch: { at: ['logits'], beside: 'view' },
  softmatch: { at: ['logits'], beside: 'view' },
};
