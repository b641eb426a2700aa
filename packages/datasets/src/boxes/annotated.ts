import type { DatasetRequest } from '@understory/core';
import type { SplitItem } from '../images/splitItems.ts';
import type { LeftItem } from '../images/leftOut.ts';

/** [top, left, bottom, right] in pixels of the picture as its annotation takes it; the corners lie between pixels. */
export type Corners = readonly [top: number, left: number, bottom: number, right: number];

/** A box as an annotation has it, not looked at yet. */
export interface AnnotatedBox {
  readonly corners: Corners;
  readonly className: string;
  /** One of `BOX_KINDS`. */
  readonly kind: number;
  /** In pixels², where the annotation says it; else that of the box. */
  readonly area?: number;
}

/** An image with its split, its size as the annotation or its header says it, and its boxes. */
export interface AnnotatedImage extends SplitItem {
  readonly size: readonly [height: number, width: number];
  readonly boxes: readonly AnnotatedBox[];
  /** Why its picture cannot be read, where that is known. */
  readonly fault?: string | undefined;
}

/** What goes on while a source is read: what is left out is put down, and how far it is told. */
export interface Reading {
  readonly left: LeftItem[];
  readonly progress?: DatasetRequest['progress'];
}

/** What a format's reader found in a source; what it left out stands in its `Reading`. */
export interface Annotated {
  readonly images: readonly AnnotatedImage[];
  /** Names of all classes in order, where the format says them; else those of the training boxes, sorted. */
  readonly classes?: readonly string[];
  /** Numbers of the classes in the source's files, by name. */
  readonly ids?: Readonly<Record<string, number>> | undefined;
}
