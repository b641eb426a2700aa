import { join } from 'node:path';

/** Where things lie in a run's folder. */
export interface RunFiles {
  readonly config: string;
  readonly metrics: string;
  /** Names of the images of each split, by class, where there are not too many. */
  readonly samples: string;
  /** Folder of `last.safetensors`, `previous.safetensors` and `best.safetensors`. */
  readonly checkpoints: string;
  /** Folder of TensorBoard's event files. */
  readonly tensorboard: string;
  /** Which run of MLflow it is, where it has the reporter `mlflow`. */
  readonly mlflow: string;
  readonly report: string;
  /** What the live page shows beside curves: views, predictions of some images. */
  readonly look: string;
  /** There while somebody asks the run to stop. */
  readonly stop: string;
  /** Who is writing to the run now. */
  readonly lock: string;
  /** Why it ended, where an error ended it. */
  readonly crash: string;
}

export const runFiles = (folder: string): RunFiles => ({
  config: join(folder, 'config.json'),
  metrics: join(folder, 'metrics.jsonl'),
  samples: join(folder, 'samples.json'),
  checkpoints: join(folder, 'checkpoints'),
  tensorboard: join(folder, 'tensorboard'),
  mlflow: join(folder, 'mlflow.json'),
  report: join(folder, 'report.html'),
  look: join(folder, 'look.json'),
  stop: join(folder, 'stop.json'),
  lock: join(folder, 'lock.json'),
  crash: join(folder, 'crash.json'),
});
