import { LOSS, plugin } from '@understory/core';
import { barlowTwins, BarlowTwinsOptions } from '../barlowTwins.ts';
import { batchTriplet, BatchTripletOptions } from '../batchTriplet.ts';
import { blockwiseSupCon, BlockwiseSupConOptions } from '../blockwise.ts';
import { dcl, DclOptions, dclw, DclwOptions } from '../dcl.ts';
import { infoNce, InfoNceOptions } from '../infonce.ts';
import { ntXent, NtXentOptions } from '../ntxent.ts';
import { supCon, SupConOptions } from '../supcon.ts';
import { vicReg, VicRegOptions } from '../vicreg.ts';
import { schemaOf } from './schemaOf.ts';

export const supConPlugin = plugin({
  token: LOSS,
  name: 'supcon',
  summary: 'Supervised contrastive: labels and views tell what belongs together',
  when: 'You have labels: images of a class belong together, in all views.',
  source: 'Khosla et al. 2020, eq. 2',
  options: schemaOf(SupConOptions),
  create: supCon,
});

export const ntXentPlugin = plugin({
  token: LOSS,
  name: 'ntxent',
  summary: 'SimCLR: the other view of the same image is the one positive',
  when: 'You have no labels: the views of an image belong together.',
  source: 'Chen et al. 2020 (SimCLR)',
  options: schemaOf(NtXentOptions),
  create: ntXent,
});

export const blockwiseSupConPlugin = plugin({
  token: LOSS,
  name: 'blockwise-supcon',
  summary: 'SupCon for big batches: similarities a block of rows at a time',
  when: 'The batch is too big for one matrix of all similarities.',
  source: 'Khosla et al. 2020, computed by blocks of rows',
  options: schemaOf(BlockwiseSupConOptions),
  create: blockwiseSupCon,
});

export const infoNcePlugin = plugin({
  token: LOSS,
  name: 'infonce',
  summary: 'Cross-view InfoNCE: negatives from the other view only',
  when: 'Two views, each of which shall find the other; as between images and texts.',
  source: 'Radford et al. 2021 (CLIP), across views',
  options: schemaOf(InfoNceOptions),
  create: infoNce,
});

export const dclPlugin = plugin({
  token: LOSS,
  name: 'dcl',
  summary: 'Decoupled contrastive: NT-Xent with negatives alone in the denominator',
  when: 'Small batches: the positive pair does not stand in the denominator.',
  source: 'Yeh et al. 2022',
  options: schemaOf(DclOptions),
  create: dcl,
});

export const dclwPlugin = plugin({
  token: LOSS,
  name: 'dclw',
  summary: 'Decoupled contrastive with more weight on pairs that are far apart',
  when: 'As dcl, with hard positives weighted.',
  source: 'Yeh et al. 2022',
  options: schemaOf(DclwOptions),
  create: dclw,
});

export const batchTripletPlugin = plugin({
  token: LOSS,
  name: 'triplet',
  summary: 'Triplet margin over mined triplets of the batch',
  when: 'Distances themselves matter, as in retrieval.',
  source: 'Schroff et al. 2015, Hermans et al. 2017',
  options: schemaOf(BatchTripletOptions),
  create: batchTriplet,
});

export const barlowTwinsPlugin = plugin({
  token: LOSS,
  name: 'barlow-twins',
  summary: 'Barlow Twins: features of the two views correlate one to one, no negatives',
  when: 'No negatives: views agree, and dimensions do not repeat each other.',
  source: 'Zbontar et al. 2021',
  options: schemaOf(BarlowTwinsOptions),
  create: barlowTwins,
});

export const vicRegPlugin = plugin({
  token: LOSS,
  name: 'vicreg',
  summary: 'VICReg: views agree, features vary and do not covary, no negatives',
  when: 'No negatives, and no normalisation of the embeddings.',
  source: 'Bardes et al. 2022',
  options: schemaOf(VicRegOptions),
  create: vicReg,
});

/** Every contrastive loss of this package, for a registry. */
export const lossPlugins = [
  supConPlugin,
  ntXentPlugin,
  blockwiseSupConPlugin,
  infoNcePlugin,
  dclPlugin,
  dclwPlugin,
  batchTripletPlugin,
  barlowTwinsPlugin,
  vicRegPlugin,
] as const;
