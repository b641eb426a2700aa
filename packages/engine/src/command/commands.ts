import { installEngine } from '../link/install.ts';
import type { EngineProgress, Stage } from '../link/progress.ts';
import { linkProject, projectStatus, unlinkProject } from '../link/project.ts';
import { engineStatus, installedEngine } from '../link/status.ts';

/** What a command is given: a project's folder and where its lines go. */
export interface Order {
  readonly folder: string;
  readonly cuda: boolean;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

const DOING: Readonly<Record<Stage, string | null>> = {
  wait: 'waiting for another installation',
  download: 'fetching TensorFlow through pip',
  unpack: 'unpacking it',
  compile: 'compiling the binding',
  done: null,
};

/** One line for each thing that an installation does. */
const stages = (say: Order['say']): ((progress: EngineProgress) => void) => {
  let last: Stage | undefined;
  return ({ stage, total, unit, why = null }) => {
    const doing = DOING[stage];
    if (stage === last || doing === null) return;
    last = stage;
    const size = unit === 'bytes' && total !== null ? `, ${Math.round(total / 1e6)} MB` : '';
    say(`${doing}${size}${why === null ? '' : `, since ${why}`}`);
  };
};

export const install = async ({ cuda, say, signal }: Order): Promise<void> => {
  const { folder, tensorflow } = await installEngine({ cuda, signal, progress: stages(say) });
  say(`TensorFlow ${tensorflow} is in ${folder}.`);
};

/** Installs the engine where it is not there yet, and gives the project's packages its TensorFlow. */
export const link = async (order: Order): Promise<void> => {
  const { folder, cuda, say } = order;
  projectStatus(folder); // before 300 MB are fetched for no project
  if (!installedEngine(undefined, cuda)) await install(order);
  for (const { name, version, tensorflow } of await linkProject(folder, { cuda, progress: stages(say) }))
    say(`${name} ${version} runs on TensorFlow ${tensorflow} now.`);
};

export const unlink = ({ folder, say }: Order): Promise<void> => {
  const names = unlinkProject(folder);
  for (const name of names) say(`${name} is as it was before.`);
  if (names.length === 0) say('Nothing was linked here.');
  return Promise.resolve();
};

export const status = ({ folder, say }: Order): Promise<void> => {
  const engine = engineStatus();
  const place = engine.folder === null ? '' : ` in ${engine.folder}`;
  say(
    engine.installed
      ? `TensorFlow ${engine.tensorflow}${place}`
      : (engine.unsupported ?? 'No engine is installed.'),
  );
  for (const { name, version, tensorflow } of projectStatus(folder))
    say(`${name} ${version}: ${tensorflow === null ? 'not linked' : `linked to TensorFlow ${tensorflow}`}`);
  return Promise.resolve();
};
