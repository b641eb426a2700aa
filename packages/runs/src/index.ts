export { openConfig, openRegistry, openRunner } from './session.ts';
export { loadCpu } from './loadCpu.ts';

export { runExperiment, type FinishedRun, type RunRequest } from './run/runExperiment.ts';
export { boxInfo, describeRun, readRun, type BoxInfo, type Continued, type RunInfo } from './run/runInfo.ts';

export { openResume, type ResumeRequest, type Resumption } from './resume/openResume.ts';
export { ALLOWABLE, RESUME_RULES, type Change, type Rule } from './resume/rules.ts';

export {
  loadNetwork,
  networkOf,
  networkOfTrained,
  readTrained,
  type LoadOptions,
  type Trained,
} from './load/loadNetwork.ts';
export { blankTeachers, teacherLoader } from './load/loadTeacher.ts';
export { evaluatedData, type EvaluatedData } from './load/evaluatedData.ts';
export { likeliest, type Likely } from './predict/likeliest.ts';

export {
  collectGallery,
  collectMethod,
  reportInput,
  type Collected,
  type ReportRequest,
} from './report/reportInput.ts';

export { checkRows } from './tables/checkRows.ts';
export { engineOf, openWork, placeOf, type Place, type PlaceOptions } from './tables/place.ts';
export { chosenRows, keptOf, leftOut, taskName, testedOnOthers, type Task } from './tables/plan.ts';
export { keptTables, pocketResults } from './tables/pocketResults.ts';
export { renewTable } from './tables/renewTable.ts';
export { sideBySide } from './tables/sideBySide.ts';
export { meanAndDeviation } from './tables/statistics.ts';
export { tableText } from './tables/tableText.ts';
export type { Shown } from './tables/trainRow.ts';
export { openTasks, taskBefore, trainTask } from './tables/trainTask.ts';

export { chooseBackbone, type BackboneChoice } from './backbones/backboneChoice.ts';
export { backboneRows } from './backbones/backboneRows.ts';
export { headRows, type HeadRow } from './backbones/headRows.ts';
export { optionRows } from './plugins/optionRows.ts';
export { pluginPages } from './plugins/pluginPages.ts';
