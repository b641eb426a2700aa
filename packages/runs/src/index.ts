export { loadCpu, openConfig, openRegistry, openRunner } from './session.ts';
export type { Listeners, OnProgress, Say } from './listeners.ts';

export { openSuited, type SuitedConfig, type SuitOptions } from './suit/openSuited.ts';
export { suitConfig, type Choice, type Ground, type Suited } from './suit/suitConfig.ts';
export { dataAt, findData, type FoundData } from './init/findData.ts';
export { initConfig, type InitRequest, type NewConfig } from './init/initConfig.ts';
export { resolvedConfig } from './suit/resolvedConfig.ts';
export { dryRun, type DryRun } from './run/dryRun.ts';
export { choiceLines } from './suit/suitedText.ts';
export { settlePrecision } from './precision/settlePrecision.ts';
export type { MeasureRequest } from './precision/measurePrecision.ts';
export { withPrecision, type SettledConfig, type SettledEngine } from './precision/settled.ts';
export { settleAsBegun } from './run/continuedRun.ts';
export { assistExperiment, runExperiment, type FinishedRun, type RunRequest } from './run/runExperiment.ts';
export { boxInfo, describeRun, readRun, type BoxInfo, type Continued, type RunInfo } from './run/runInfo.ts';

export { speedometer, type Speed, type Speedometer } from './run/speedometer.ts';

export { codeFingerprint } from './workers/codeFingerprint.ts';
export { launchWorkers, type LaunchRequest } from './workers/launch.ts';
export { LOST, launcherOf, type Launcher, type WorkerMessage } from './workers/launched.ts';
export { hasOwnNetwork, inOwnNetwork } from './workers/ownNetwork.ts';
export { readTfConfig, requireTrust } from './workers/tfConfig.ts';

export { newestRun, openResume, type ResumeRequest, type Resumption } from './resume/openResume.ts';
export { ALLOWABLE, RESUME_RULES, type Change, type Rule } from './resume/rules.ts';

export {
  loadNetwork,
  networkOf,
  networkOfTrained,
  readTrained,
  type LoadOptions,
  type Trained,
} from './load/loadNetwork.ts';
export { blankTeachers, teacherLoader, type TeacherListeners } from './load/loadTeacher.ts';
export { openTrained, type OpenedNetwork } from './load/openTrained.ts';

export {
  evaluateRun,
  type EvaluateExtras,
  type EvaluateRequest,
  type Evaluation,
} from './use/evaluate/evaluateRun.ts';
export type { ClassResult } from './use/evaluate/classCounts.ts';
export type { EvaluatorResult } from './use/evaluate/evaluators.ts';
export type { TemperatureResult } from './use/evaluate/temperature.ts';
export type { OtherData } from './use/evaluate/otherData.ts';
export type { CorruptionResult } from './use/evaluate/corruptions.ts';
export type { ExitResult, ExitsResult } from './use/exits/measureExits.ts';
export type { OutsideResult } from './use/evaluate/outside.ts';
export { transferRun, type Transfer, type TransferRequest } from './use/evaluate/transferRun.ts';
export { exportRun, type ExportedRun, type ExportRunRequest } from './use/export/exportRun.ts';
export type { CalibrateRequest } from './use/export/calibrationImages.ts';
export { readExportInfo, type ExportInfo } from './use/export/exportInfo.ts';
export type { Verification } from './use/export/verifyExport.ts';
export { openPredictor, type PredictorRequest } from './use/serve/openPredictor.ts';
export { predictImages, type ImagePrediction, type PredictRequest } from './use/predictImages.ts';
export { mapShares, predictionData } from './use/predictionData.ts';
export { workersText } from './run/workersText.ts';
export { duration, epochText, startText, termsText } from './run/runText.ts';
export { likelyBoxes, metricText, percent, predictionText } from './use/predictionText.ts';
export { checkImageIds, cocoResults, type CocoResult } from './use/cocoResults.ts';
export {
  checkDataset,
  type CheckDatasetRequest,
  type DatasetCheck,
  type SheetRequest,
} from './data/checkDataset.ts';
export { packDataset, type PackDatasetRequest, type PackedData } from './data/packDataset.ts';
export { type BoxCounts, type SplitCounts } from './data/countData.ts';
export type { PictureCheck } from './data/checkPictures.ts';
export type { ClassNumbers } from './data/classNumbers.ts';
export type { EqualImages, NearDuplicates, NearPair, Place } from './data/duplicates.ts';
export type { OfficialComparison, OfficialCount } from './data/officialCounts.ts';
export type { Unreadable } from './data/scanPictures.ts';
export { openDataConfig, type DataConfigRequest } from './data/openDataConfig.ts';
export { OFFICIAL, officialDataset, type OfficialDataset } from '@understory/datasets';
export { getDataset, type GetRequest, type GotDataset } from './download/getDataset.ts';
export type { FileProgress } from './download/checkDigest.ts';
export { drawnFiles } from './pictures/drawnFiles.ts';
export { drawPrediction, type DrawRequest } from './pictures/drawPrediction.ts';

export {
  sharingPrecision,
  trainContenders,
  writeReport,
  type Compared,
  type Comparison,
  type Contender,
} from './report/compareRuns.ts';
export { reportRuns, type ReportRunsRequest } from './report/reportRuns.ts';
export { openComparison, type OpenedComparison } from './report/openComparison.ts';
export { keepExamples, keepingViews } from './report/keepLook.ts';
export { collectGallery, collectMethod, type Collected } from './report/collect.ts';
export { reportInput, type ReportRequest } from './report/reportInput.ts';
export { keptSeeds, type KeptAccuracies } from './report/keptSeeds.ts';

export { grew, signOf } from './advise/verdict.ts';
export { adviseConfig, type Advice, type AdviseRequest, type TapAdvice } from './advise/adviseConfig.ts';
export { replayFile, type Replayed } from './diagnosis/replayFile.ts';
export { verifyConfig, type Difference, type VerifyRequest } from './diagnosis/verifyConfig.ts';

export { makeTable, type MadeTable, type MakeTableRequest, type TableListeners } from './tables/makeTable.ts';
export { listTables, type TableState } from './tables/listTables.ts';
export { tablePicture } from './tables/tablePicture.ts';
export { tableSetup, type TableOptions, type TableSetup } from './tables/tableSetup.ts';
export {
  keptTables,
  pocketResults,
  pocketRows,
  type KeptTable,
  type PocketResult,
} from './tables/pocketResults.ts';
export { differenceText, meanAndDeviation } from './tables/statistics.ts';
export { differenceSentences, type NamedGaps } from './tables/differenceSentences.ts';
export { tableText } from './tables/tableText.ts';

export { openSweep, type OpenedSweep, type SweepOptions } from './sweep/openSweep.ts';
export { runSweep, type FinishedSweep, type RunSweepRequest, type SweepListeners } from './sweep/runSweep.ts';
export { readSweep, type Sweep, type SweepSettings } from './sweep/sweepFile.ts';
export { countStates, type Standing } from './sweep/standing.ts';
export type { Goal, Measuring, Trial, TrialRun, TrialState } from './sweep/trial.ts';
export type { Dimension, Point, Space } from './sweep/space.ts';
export { storyOf, summaryOf, sweepNotes, type SweepStory } from './sweep/sweepNotes.ts';
export { trialNote, valueText, type SweepCommands } from './sweep/sweepPage.ts';
export type { Search } from './sweep/propose.ts';
export type { StopRule } from './sweep/stopping.ts';
export { changesOf } from './sweep/changesOf.ts';

export { chooseBackbone, type BackboneChoice, type ChosenBackbone } from './backbones/backboneChoice.ts';
export {
  copyWeights,
  renameWeights,
  type ConvertedWeights,
  type NetworkNames,
} from './backbones/convertWeights.ts';
export {
  describeNetwork,
  type DescribeRequest,
  type HeadRow,
  type NetworkDescription,
} from './backbones/describeNetwork.ts';
export { optionRows, type OptionRow } from './plugins/optionRows.ts';
export { pluginPages, writePluginPages } from './plugins/pluginPages.ts';
export { countedBackbones, pluginRows, type PluginRow } from './plugins/pluginRows.ts';
