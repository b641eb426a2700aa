/** A config of a run that is over soon, has contrastive losses, synchronised norms, and many checkpoints. */
export const TINY_RUN = `dataset: [emoji, { limit: 48 }]
backbone: [resnet18, { width: 0.0625 }]
batch: 8
epochs: 4
checkpointEvery: 2
reporters: []
syncBatchNorm: true
`;
