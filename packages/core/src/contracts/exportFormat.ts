import { token } from '../plugin.ts';
import type { Dataset } from './dataset.ts';
import type { Network } from './objective.ts';
import type { Task } from './task.ts';

/** A trained network, as other programs shall use it: without heads. */
export interface ExportRequest {
  readonly network: Pick<Network, 'backbone' | 'head'>;
  readonly task: Task;
  readonly dataset: Pick<Dataset, 'classes' | 'normalization'> & {
    /** Height and width of the network's images in pixels. */
    readonly size: readonly [number, number];
  };
  /** Where files go; made where it is not there. */
  readonly folder: string;
}

/** What was written. */
export interface Exported {
  /** Paths; the one that is opened comes first. */
  readonly files: readonly string[];
  /** What goes in and comes out, and what reads it, in a line for people. */
  readonly about: string;
}

/** A way to write a trained network for other programs. */
export interface ExportFormat {
  readonly name: string;
  write(request: ExportRequest): Promise<Exported>;
}
export const EXPORT_FORMAT = token<ExportFormat>('export-format');
