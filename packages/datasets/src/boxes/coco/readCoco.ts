import { badAnnotation } from '../annotationText.ts';
import { readRecords, type JsonRecord, type Value } from './readRecords.ts';

/** Names of things in a file: numbers as COCO has them, or texts. */
export type Id = number | string;

export interface CocoImage {
  readonly file: string;
  /** As the file says it; undefined where it does not. */
  readonly size: readonly [height: number, width: number] | undefined;
}

export interface CocoBox {
  readonly image: Id;
  readonly category: Id;
  /** x, y, width and height in pixels of the picture as stored; undefined where the annotation has none. */
  readonly bbox: readonly number[] | undefined;
  readonly area: number | undefined;
  readonly isCrowd: boolean;
}

/** What a file of COCO's format says. */
export interface CocoFile {
  readonly images: ReadonlyMap<Id, CocoImage>;
  readonly categories: ReadonlyMap<Id, string>;
  readonly boxes: readonly CocoBox[];
}

const WANTED = {
  images: ['id', 'file_name', 'width', 'height'],
  annotations: ['image_id', 'category_id', 'bbox', 'area', 'iscrowd'],
  categories: ['id', 'name'],
};

const shown = (value: Value | undefined): string =>
  value === undefined ? 'missing' : JSON.stringify(value).slice(0, 40);

const idIn = (record: JsonRecord, field: string): Id => {
  const value = record[field];
  if (typeof value === 'string' || (typeof value === 'number' && Number.isSafeInteger(value))) return value;
  throw badAnnotation(`${field} is ${shown(value)}; expected a whole number`);
};

const textIn = (record: JsonRecord, field: string): string => {
  const value = record[field];
  if (typeof value === 'string' && value !== '') return value;
  throw badAnnotation(`${field} is ${shown(value)}; expected a text`);
};

const sizeOf = ({ width, height }: JsonRecord): CocoImage['size'] => {
  const isSide = (side: Value | undefined): side is number => Number.isInteger(side) && Number(side) > 0;
  return isSide(width) && isSide(height) ? [height, width] : undefined;
};

const putOnce = <T>(map: Map<Id, T>, id: Id, value: T): void => {
  if (map.has(id)) throw badAnnotation(`id ${shown(id)} is another one's too`);
  map.set(id, value);
};

/** Four numbers; others in place of them are none, which the rules for boxes tell. */
const bboxOf = ({ bbox }: JsonRecord): CocoBox['bbox'] =>
  Array.isArray(bbox) && bbox.length > 0 ? (bbox.length === 4 ? bbox : [NaN, NaN, NaN, NaN]) : undefined;

const boxOf = (record: JsonRecord): CocoBox => {
  const { area, iscrowd } = record;
  return {
    image: idIn(record, 'image_id'),
    category: idIn(record, 'category_id'),
    bbox: bboxOf(record),
    area: typeof area === 'number' && area > 0 && Number.isFinite(area) ? area : undefined,
    isCrowd: iscrowd === 1 || iscrowd === true,
  };
};

/**
 * Reads a file of COCO's format as a stream: of each annotation its box alone is kept. Errors: `bad-annotation`, with the
 * list and the place in it.
 */
export const readCoco = async (
  chunks: AsyncIterable<Uint8Array>,
  onBytes?: (count: number) => void,
): Promise<CocoFile> => {
  const images = new Map<Id, CocoImage>();
  const categories = new Map<Id, string>();
  const boxes: CocoBox[] = [];
  const seen = new Set<string>();
  const take = (list: string, record: JsonRecord): void => {
    seen.add(list);
    if (list === 'images')
      putOnce(images, idIn(record, 'id'), { file: textIn(record, 'file_name'), size: sizeOf(record) });
    else if (list === 'categories') putOnce(categories, idIn(record, 'id'), textIn(record, 'name'));
    else boxes.push(boxOf(record));
  };
  const onRecord = (list: string, at: number, record: JsonRecord): void => {
    try {
      take(list, record);
    } catch (error) {
      throw badAnnotation(`${list}[${at}]: ${error instanceof Error ? error.message : ''}`, error);
    }
  };
  await readRecords(chunks, WANTED, onRecord, onBytes);
  const missing = ['images', 'categories'].filter((list) => !seen.has(list));
  if (missing.length > 0)
    throw badAnnotation(`it lists no ${missing[0]}, as instances_train2017.json does; name a file of boxes`);
  return { images, categories, boxes };
};
