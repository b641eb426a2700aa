import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Where the datasets keep small files of the true formats. */
const TESTDATA = path.resolve(import.meta.dirname, '../../../datasets/testdata');

type Pairs = readonly (readonly [name: string, label: number])[];
type Lists = Readonly<Record<'train' | 'val' | 'test' | 'trainval', Pairs>>;

const read = (name: string): Buffer => readFileSync(path.join(TESTDATA, name));
const parsed = (name: string): unknown => JSON.parse(read(name).toString());
/** Small JPEG files with what they show, by name. */
const JPEGS = parsed('jpegs.json') as Readonly<
  Record<string, { readonly file: string; readonly shape: readonly number[] }>
>;

/** A picture of 20 by some pixels, which stands for every photograph. */
const PICTURE = Buffer.from(Object.values(JPEGS)[0]?.file ?? '', 'base64');

/** A grey bitmap of 40 rows and columns: of Aircraft's pictures the lower 20 rows are cut off. */
const tallPicture = (): Buffer => {
  const [side, header] = [40, 54];
  const bytes = Buffer.alloc(header + side * side * 3, 100);
  bytes.fill(0, 0, header);
  bytes.write('BM');
  bytes.writeUInt32LE(bytes.length, 2);
  for (const [at, value] of [
    [10, header],
    [14, 40], // bytes of what follows
    [18, side],
    [22, side],
  ] as const)
    bytes.writeUInt32LE(value, at);
  bytes.writeUInt16LE(1, 26); // planes
  bytes.writeUInt16LE(24, 28); // bits of a pixel
  return bytes;
};

const golden = parsed('listed.json') as Readonly<
  Record<'cub' | 'cars' | 'flowers' | 'dogs' | 'imagenet', Lists>
> & {
  readonly aircraft: { readonly variant: Lists };
};

const write = (folder: string, name: string, bytes: Buffer | string): void => {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, bytes);
};

const pictures = (folder: string, ...lists: readonly Pairs[]): void => {
  for (const [name] of lists.flat()) write(folder, name, PICTURE);
};
const tallPictures = (folder: string, ...lists: readonly Pairs[]): void => {
  for (const [name] of lists.flat()) write(folder, name, tallPicture());
};

/** Copies the lists of a dataset, as its authors publish them. */
const lists = (from: string, folder: string): void => {
  const root = path.join(TESTDATA, 'listed', from);
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    write(folder, path.relative(root, file), readFileSync(file));
  }
};

const writeImagenet = (folder: string): void => {
  lists('imagenet', path.join(folder, 'ILSVRC2012_devkit_t12'));
  pictures(path.join(folder, 'train'), golden.imagenet.train);
  for (const [name] of golden.imagenet.val) write(path.join(folder, 'val'), path.basename(name), PICTURE);
};

const writeFineGrained = (folder: string): void => {
  const at = (...names: readonly string[]): string => path.join(folder, ...names);
  const { cub, cars, flowers, dogs, aircraft } = golden;
  lists('cub', at('cub', 'CUB_200_2011'));
  pictures(at('cub', 'CUB_200_2011', 'images'), cub.train, cub.test);
  lists('cars/devkit', at('cars', 'devkit'));
  write(at('cars'), 'cars_test_annos_withlabels.mat', read('listed/cars/cars_test_annos_withlabels.mat'));
  pictures(at('cars'), cars.train, cars.test);
  lists('flowers', at('flowers'));
  pictures(at('flowers', 'jpg'), flowers.train, flowers.val, flowers.test);
  lists('dogs', at('dogs'));
  pictures(at('dogs', 'Images'), dogs.train, dogs.test);
  lists('aircraft', at('aircraft', 'fgvc-aircraft-2013b'));
  tallPictures(
    at('aircraft', 'fgvc-aircraft-2013b', 'data', 'images'),
    aircraft.variant.trainval,
    aircraft.variant.test,
  );
};

const writeCoco = (folder: string): void => {
  for (const [split, first] of [
    ['train2017', 1],
    ['val2017', 101],
  ] as const) {
    const ids = [first, first + 1, first + 2, first + 3];
    const name = (id: number): string => `${String(id).padStart(12, '0')}.jpg`;
    for (const id of ids) write(path.join(folder, split), name(id), PICTURE);
    const annotations = ids.map((id) => {
      return { id, image_id: id, category_id: 1 + (id % 2), bbox: [2, 2, 12, 10], area: 120, iscrowd: 0 };
    });
    const categories = [1, 2].map((id) => ({ id, name: `thing ${id}` }));
    const images = ids.map((id) => ({ id, file_name: name(id), width: WIDTH, height: HEIGHT }));
    write(
      path.join(folder, 'annotations'),
      `instances_${split}.json`,
      JSON.stringify({ images, annotations, categories }),
    );
  }
};

const [HEIGHT = 0, WIDTH = 0] = Object.values(JPEGS)[0]?.shape ?? [];

/** Every dataset that a table of the paper reads, in miniature, by what it is called there. */
export const writeTableData = (): Readonly<
  Record<'cifar10' | 'cifar100' | 'imagenet' | 'fine' | 'coco', string>
> => {
  const folder = mkdtempSync(path.join(tmpdir(), 'understory-tables-'));
  const at = (name: string): string => path.join(folder, name);
  for (const name of ['cifar-10-binary.tar.gz', 'cifar-100-binary.tar.gz'])
    write(folder, name, read(`formats/${name}`));
  writeImagenet(at('imagenet'));
  writeFineGrained(at('fine'));
  writeCoco(at('coco'));
  return {
    cifar10: at('cifar-10-binary.tar.gz'),
    cifar100: at('cifar-100-binary.tar.gz'),
    imagenet: at('imagenet'),
    fine: at('fine'),
    coco: at('coco'),
  };
};
