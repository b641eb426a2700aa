export { UnderstoryError, nearest, unknownName } from './errors.ts';
export { fileError, isSystemFault, shownPath, systemReason, type FileAction } from './fileError.ts';
export { concurrently, inPool, oneByOne } from './concurrently.ts';
export { seedOf, permutation, type Rng, type Seed } from './random.ts';
export {
  token,
  plugin,
  provide,
  service,
  placedOptions,
  readSpec,
  SPEC_FORM,
  type Token,
  type Spec,
  type Parser,
  type Plugin,
  type Provided,
  type AnyPlugin,
  type Registry,
  type Resolved,
} from './plugin.ts';
export { float32, int32, uint8, tensorType } from './contracts/arrays.ts';
export type { ArrayType, NdArray, NdArrays } from './contracts/arrays.ts';
export { copiedPart, plainBytes } from './formats/bytes.ts';
export { decodeElements, ELEMENT_TYPES, elementWidth } from './formats/elements.ts';
export { decodeSafetensors, encodeSafetensors, joinBytes, safetensorsParts } from './formats/safetensors.ts';
export type { DecodeOptions, Safetensors } from './formats/safetensors.ts';
export type { Runner, Step, StepFunction, StepOptions, SumTimes } from './contracts/runner.ts';
export { alone, type Workers } from './contracts/workers.ts';
export { sharingOf, shareStep, type Sharing, type SharedStep } from './training/workers/shared.ts';
export { meetToMeasure } from './training/workers/together.ts';
export {
  BACKBONE,
  HEAD,
  type Backbone,
  type BackboneFactory,
  type BackboneRequest,
  type HeadFactory,
  type HeadRequest,
  type StageSpec,
  type Tap,
} from './contracts/backbone.ts';
export {
  LOSS,
  CLASSIFICATION_LOSS,
  QUEUE_LOSS,
  PREDICTION_LOSS,
  PROTOTYPE_LOSS,
  type ContrastiveLoss,
  type ClassificationLoss,
  type QueueLoss,
  type Positives,
  type PredictionLoss,
  type PrototypeLoss,
} from './contracts/loss.ts';
export {
  AUGMENTATION,
  MIXING,
  type Augmentation,
  type DrawnParams,
  type Mixing,
  type SpatialTarget,
  type View,
} from './contracts/augmentation.ts';
export {
  DATASET,
  type Dataset,
  type LeftOut,
  type SplitName,
  type DatasetFactory,
  type DatasetRequest,
  type Fit,
  type Normalization,
  type Picture,
  type Preprocessing,
  type Samples,
  type SpatialKind,
  type TargetKind,
  type Targets,
  type TargetSpec,
} from './contracts/dataset.ts';
export { SAMPLER, type EpochOrder, type Sampler, type SamplerRequest } from './contracts/sampler.ts';
export {
  OPTIMIZER,
  SCHEDULE,
  type Plan,
  type Schedule,
  type ScheduleFactory,
  type Transform,
  type UpdateContext,
} from './contracts/optimizer.ts';
export {
  OBJECTIVE,
  type BatchInfo,
  type BuildContext,
  type BuiltObjective,
  type CallArgs,
  type FixedView,
  type Forward,
  type Network,
  type Objective,
  type Select,
  type StepContext,
  type StepTerms,
  type Stream,
  type TapClassifier,
  type TaskHead,
  type TeacherRequest,
  type TeacherSource,
  type Term,
  type WeightsSource,
} from './contracts/objective.ts';
export { DATA, INSIGHT, LOG, PLACE, RUN, SEED } from './contracts/services.ts';
export type { Insight, RunPlace, StageFeatures } from './contracts/services.ts';
export {
  EXPORT_FORMAT,
  type Calibration,
  type Exported,
  type ExportedExit,
  type ExportedExits,
  type ExportFormat,
  type ExportRequest,
  type ModelSignature,
  type OpenedExport,
  type OpenRequest,
  type OpenSavedModel,
  type RecordedGraph,
  type RecordedNode,
  type RecordGraph,
  type TensorType,
} from './contracts/exportFormat.ts';
export { EVALUATOR, type EvaluationRequest, type Evaluator } from './contracts/evaluator.ts';
export type { GradientAgreement, TapMeasure, TrainingUnderWay } from './contracts/evaluator.ts';
export { METRIC } from './contracts/metric.ts';
export type { Metric, MetricBatch, MetricPass, MetricRequest } from './contracts/metric.ts';
export { metricRequest } from './contracts/metric.ts';
export {
  TASK,
  type NamedProbability,
  type PredictedBox,
  type Prediction,
  type PredictionInfo,
  type Task,
  type TaskFeatures,
  type TaskRequest,
} from './contracts/task.ts';
export { activation, classification } from './tasks/classification.ts';
export { byName, mapNamed, partOf, withPrefix, type Named } from './named.ts';
export {
  classesOf,
  classSamples,
  LABEL,
  pickSamples,
  targetsOfKind,
  type ClassSamples,
} from './data/targets.ts';
export { canvasOf, imageSize, readImages, type Canvases } from './data/canvases.ts';
export { hasBoxes, readBoxRows, type BoxRows } from './objectives/boxRows.ts';
export { BOX_KINDS, BOXES, boxesSpec, DETECTIONS, FRAME, frameSpec } from './data/boxes.ts';
export { framed, type BoxEdges } from './data/boxes.ts';
export { rowAt, rowsInOrder, stackRows } from './data/rows.ts';
export {
  REPORT_SECTION,
  REPORTER,
  type CheckpointEvent,
  type DoneEvent,
  type EpochEvent,
  type Reporter,
  type RunEvent,
  type RunResult,
  type SplitMetrics,
  type StartEvent,
  type StepEvent,
  type WorkerSpeed,
} from './contracts/events.ts';
export { turns } from './turn.ts';
export { briefly, isDetail } from './training/briefly.ts';
export { toldSplit } from './training/toldSplit.ts';
export {
  BATCH_NORM_TRAINING,
  batchNorm,
  batchNormTraining,
  type BatchNormConfig,
  type BatchNormResult,
} from './layers/batchNorm.ts';
export { eagerRunner } from './training/eagerRunner.ts';
export {
  preprocessingOf,
  stepsPerEpoch,
  unitsOf,
  type Experiment,
  type Freeze,
  type StreamSource,
} from './contracts/experiment.ts';
export {
  allVariables,
  buildInference,
  buildNetwork,
  disposeModel,
  disposeNetwork,
  networkVariables,
  ownClassifiers,
  parameterCount,
  uniqueNames,
  variablesOf,
  type NamedVariables,
  type TrainingNetwork,
} from './training/network.ts';
export { forward } from './training/forward.ts';
export { checkInferenceCrop } from './data/checkInferenceCrop.ts';
export { normalizeImages } from './data/normalizeImages.ts';
export { middleOf, preprocess } from './data/preprocess.ts';
export { layersBefore } from './training/freeze.ts';
export { optimizerState } from './training/optimizerState.ts';
export { inferenceStep, trainingStep } from './training/step.ts';
export {
  CHECKPOINT_FORMAT,
  evaluatedWeights,
  isWholeCheckpoint,
  readCheckpoint,
  restore,
  takeCheckpoint,
  type Checkpoint,
  type CheckpointName,
  type CheckpointStore,
  type Progress,
  type Resumable,
} from './training/checkpoint.ts';
export { checkpointPlace, findCheckpoint } from './training/resume.ts';
export { crc32, crc32c } from './formats/crc32.ts';
export { dataFingerprint, SPLITS, type DataFingerprint } from './data/fingerprint.ts';
export { compareData, samplesChangeText } from './data/compareData.ts';
export { checkData } from './data/checkData.ts';
export { inClassOrder } from './data/classOrder.ts';
export { dataLine, describeData, type DataDescription } from './data/describeData.ts';
export { absentClasses, absentText } from './data/absentClasses.ts';
export {
  readBlackBox,
  standIns,
  takeBlackBox,
  type BlackBox,
  type FailedStep,
} from './diagnosis/blackBox.ts';
export { findingText, replay, type Finding } from './diagnosis/replay.ts';
export { findNotFinite } from './diagnosis/findNotFinite.ts';
export {
  evaluationBatch,
  infer,
  inferBatches,
  measure,
  type InferenceOptions,
  type InferredBatch,
} from './training/evaluate.ts';
export {
  buildActivation,
  buildTaskHead,
  LOGITS,
  outputShapes,
  type Activation,
} from './training/taskHead.ts';
export { checkEvaluators } from './training/checkMetrics.ts';
export { compareRunners, type CompareOptions } from './diagnosis/compareRunners.ts';
export { timeSteps, type Rounds, type TimeOptions } from './diagnosis/timeSteps.ts';
export { median, roundEven } from './numbers.ts';
export { prepareTraining, type Training } from './training/train.ts';
export { callbacks, runToEnd, type Callbacks } from './training/runToEnd.ts';
export type { TrainingOptions } from './training/run.ts';
export { isCount, isObject } from './checks.ts';
export { explain, firstOf, problemsOf, wholeText, type Problem } from './explain.ts';
export { descriptionOf, schemaAt, schemaKeys } from './schema.ts';
export { count, counted, cut, listed, shown } from './shown.ts';
export { specProblems, specsIn } from './specProblems.ts';
export { labelledShare, positionsByClass, sortedPositions } from './data/labelledShare.ts';
export { moveAverage, shareAtStep } from './ops/movingAverage.ts';
export { stopGradient, untracked } from './ops/stopGradient.ts';
export { SHORTEST_LENGTH, unitVectors } from './ops/unitVectors.ts';
export { centredRows, preparedLogits, standardize } from './ops/standardize.ts';
export type { Preparation, StandardizeOptions } from './ops/standardize.ts';
export { affinityOf } from './ops/affinity.ts';
export { mixedLoss } from './ops/mixedLoss.ts';
export { enqueue, type Queue } from './ops/enqueue.ts';
export { gatherRows } from './ops/gatherRows.ts';
export { checkShares, shareOf, type Share } from './data/share.ts';
export type { KernelPair } from './ops/kernels.ts';
export { GELU, gelu } from './ops/gelu.ts';
export { LAYER_NORM, layerNorm, type LayerNormParameters } from './ops/layerNorm.ts';
export { ATTENTION, attention } from './ops/attention.ts';
export { LOOK_UP, lookUpByKernel, type LookUpInputs } from './ops/lookUp.ts';
export { NORMALS, normalsByKernel, type NormalsWanted } from './ops/normals.ts';
export { ROI_ALIGN, ROI_ALIGN_GRAD, roiAlign, roiLevels, type RoiAlignOptions } from './ops/roiAlign.ts';
export { constantDraw, fanOutRule, initialize, type InitRule, type WeightInfo } from './layers/initialize.ts';
export { applyLayer } from './layers/applyLayer.ts';
export { fill, stateOf } from './layers/fill.ts';
export { uniform } from './layers/uniform.ts';
export { dropout, stochasticDepth } from './layers/dropout.ts';
export {
  crossEntropyLoss,
  crossEntropyOf,
  meanOverClasses,
  requireClassification,
  smoothTarget,
  softCrossEntropyRows,
} from './ops/crossEntropy.ts';
export { CHECKING, requireAffinity, requireLabels } from './ops/checkTensors.ts';
export { requireSameLength, requireSameRows, requireSameShape } from './ops/checkTensors.ts';
export { findClassWeights, withClassWeights, type ClassWeights } from './objectives/classWeights.ts';
export { findStream, type StreamNeeds } from './objectives/findStream.ts';
export { classLabels, classLogits, requireClasses, trainClasses } from './objectives/classes.ts';
export { runModule } from './objectives/runModule.ts';
export { buildBranch, tapIndex, type BranchSpec } from './objectives/buildBranch.ts';
export { previewSamples, previewViews, type Preview } from './data/preview.ts';
export { viewedSamples } from './data/viewedSamples.ts';
export { checkViews } from './data/checkViews.ts';
export { drawView, leavesBehind } from './data/view.ts';
export {
  moveTarget,
  paramTensors,
  settleView,
  showView,
  sizeAfter,
  spatialTargets,
  viewSize,
} from './data/view.ts';
export { findTeacher, teach, type Teacher } from './objectives/teacher.ts';
export { copyToAverages, moveAverages, pairVariables, stateVariable } from './training/variables.ts';
export {
  checkPredicted,
  expectedCalibrationError,
  reliabilityBins,
  type Predicted,
  type Predictions,
  type ReliabilityBin,
} from './predictions/reliability.ts';
export { measurePredictions } from './predictions/measurePredictions.ts';
export { confusionCounts } from './predictions/confusionCounts.ts';
export { logSumExp, namedClass, rankedClasses, type RankedClass } from './predictions/namedClass.ts';
