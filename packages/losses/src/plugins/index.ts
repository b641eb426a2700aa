export {
  lossPlugins,
  supConPlugin,
  ntXentPlugin,
  blockwiseSupConPlugin,
  infoNcePlugin,
  dclPlugin,
  dclwPlugin,
  batchTripletPlugin,
  barlowTwinsPlugin,
  vicRegPlugin,
} from './contrastive.ts';
export {
  classificationLossPlugins,
  crossEntropyPlugin,
  labelSmoothingPlugin,
  binaryCrossEntropyPlugin,
  focalPlugin,
} from './classification.ts';
export {
  selfSupervisedLossPlugins,
  mocoPlugin,
  byolPlugin,
  simSiamPlugin,
  swavPlugin,
} from './selfSupervised.ts';
