import { describe, expect, it } from 'vitest';
import { folderTree } from './folders.ts';
import { layoutOf } from './layout.ts';
import { splitOfName } from './names.ts';
import type { ParsedImagesOptions } from './options.ts';

/** `train: cat, dog; test: cat`: the splits and classes that images at these folders make. */
const laidOut = (folders: readonly string[], splits: ParsedImagesOptions['splits'] = 'auto'): string => {
  const images = folders
    .filter((folder) => !folder.endsWith('/'))
    .map((folder, index) => ({ index, path: `${folder}/${index}.png` }));
  const root = folderTree({
    folders: folders.map((folder) => folder.replace(/\/$/, '')),
    images: images.map(({ index, path }) => ({ index, path: path.replace(/^\//, '') })),
    others: [],
  });
  return Object.entries(layoutOf('data', root, splits))
    .map(
      ([split, classes]) =>
        `${split}: ${[...classes]
          .map(([name, of]) => `${name} ${of.length}`)
          .sort()
          .join(', ')}`,
    )
    .sort()
    .join('; ');
};
/** Class folders below each of these. */
const below = (...folders: string[]): string[] =>
  folders.flatMap((folder) => [`${folder}/cat`, `${folder}/dog`]);
const pair = 'test: cat 1, dog 1; train: cat 1, dog 1';

describe('splits are found', () => {
  it.each([
    ['train', 'test'],
    ['Train', 'Test'],
    ['TRAIN', 'TEST'],
    ['training', 'testing'],
    ['Training', 'Testing'],
    ['train', 'Test'],
    ['train_set', 'test_set'],
    ['training_set', 'test_set'],
    ['train-set', 'test-set'],
    ['Training Set', 'Test Set'],
    ['trainset', 'testset'],
    ['TrainingSet', 'TestSet'],
    ['train_data', 'test_data'],
    ['training_data', 'testing_data'],
    ['TrainImages', 'TestImages'],
    ['images_train', 'images_test'],
    ['train_images', 'test_images'],
    ['train2017', 'test2017'],
    ['01_train', '02_test'],
    ['seg_train', 'seg_test'],
    ['seg_train/seg_train', 'seg_test/seg_test'],
    ['train/train', 'test/test'],
    ['train/images', 'test/images'],
    ['images/train', 'images/test'],
    ['wrapped/images/train', 'wrapped/images/test'],
    ['a/b/c/d/Train', 'a/b/c/d/Test'],
    ['asl_alphabet_train', 'asl_alphabet_test'],
    ['asl_alphabet_train/asl_alphabet_train', 'asl_alphabet_test/asl_alphabet_test'],
    ['train_test_split/train', 'train_test_split/test'],
    ['trainval', 'test'],
    ['VOC2012_trainval', 'VOC2012_test'],
  ])('in %s and %s', (train, test) => {
    expect(laidOut(below(train, test))).toBe(pair);
  });

  it.each([
    'val',
    'Val',
    'valid',
    'VALID',
    'validation',
    'Validation_Set',
    'valset',
    'dev',
    'eval',
    'val2012',
    'dev_set',
  ])('to validate on, in %s', (name) => {
    expect(laidOut(below('train', name))).toBe('train: cat 1, dog 1; validation: cat 1, dog 1');
    expect(laidOut(below('train', name, 'test'))).toBe(`${pair}; validation: cat 1, dog 1`);
  });

  it('below each class', () => {
    expect(laidOut(['cat/train', 'cat/test', 'dog/Train', 'dog/test'])).toBe(pair);
    expect(laidOut(['set/cat/training', 'set/cat/val', 'set/dog/training', 'set/dog/val'])).toBe(
      'train: cat 1, dog 1; validation: cat 1, dog 1',
    );
  });

  it('beside images without labels, which no class is made of', () => {
    expect(laidOut([...below('seg_train/seg_train', 'seg_test/seg_test'), 'seg_pred/seg_pred'])).toBe(pair);
    expect(laidOut([...below('train', 'test'), 'unlabeled'])).toBe(pair);
  });

  it('among classes of their own names', () => {
    const classes = ['train', 'car', 'test'].flatMap((name) => [`train/${name}`, `test/${name}`]);
    expect(laidOut(classes)).toBe('test: car 1, test 1, train 1; train: car 1, test 1, train 1');
  });
});

describe('class folders alone', () => {
  it.each([
    [['cat', 'dog'], 'all: cat 1, dog 1'],
    [['set/cat', 'set/dog'], 'all: cat 1, dog 1'],
    [['cat/deep/er', 'cat', 'dog'], 'all: cat 2, dog 1'],
    [['airplane', 'bullet_train', 'crash test dummy'], 'all: airplane 1, bullet_train 1, crash test dummy 1'],
    [['strain', 'contest', 'medieval', 'device'], 'all: contest 1, device 1, medieval 1, strain 1'],
    [['vehicles/train', 'vehicles/car', 'animals/cat'], 'all: animals 1, vehicles 2'],
    [['cat', 'dog/'], 'all: cat 1, dog 0'],
  ])('%j', (folders, expected) => {
    expect(laidOut(folders)).toBe(expected);
  });
});

describe('what leaves a doubt is an error that names folders and the option', () => {
  it.each([
    [['train', 'cat', 'dog'], /"train" look like splits, and "cat", "dog" like classes beside them.*splits:/],
    [['cat', 'dog', 'unlabeled'], /"unlabeled" look like splits, and "cat", "dog" like classes/],
    [[...below('train', 'test'), 'extra/cat'], /"train", "test" look like splits, and "extra"/],
    [below('train', 'Train_set', 'test'), /"train", "Train_set" would all be the train split.*splits:/],
    [below('train', 'val', 'eval'), /"val", "eval" would all be the validation split/],
    [[...below('train'), 'test'], /"test" holds no class folders.*test\/<class>\/<image>.*splits/],
    [[...below('train'), 'test/test'], /"test" holds no class folders/],
    [[...below('train'), 'test/'], /"test" holds no class folders/],
    [below('train/train', 'train/val', 'test'), /train folder holds "train\/train", "train\/val"/],
    [['cat/train', 'cat/test', 'dog'], /"cat" hold folders that look like splits, and "dog" do not/],
    [below('a/train', 'a/test', 'b/train', 'b/test'), /"a", "b" each hold splits with classes in them/],
  ])('%j', (folders, message) => {
    expect(() => laidOut(folders)).toThrow(message);
  });
});

describe('folders that all hold the same folders', () => {
  it('are asked about: they may be splits, folds or domains', () => {
    const message = /"entrenamiento", "prueba" each hold the folders cat, dog.*splits: none/;
    expect(() => laidOut(below('entrenamiento', 'prueba'))).toThrow(message);
    expect(() => laidOut(below('fold_1', 'fold_2', 'fold_3'))).toThrow(
      /"fold_1", "fold_2", "fold_3" each hold/,
    );
    expect(laidOut(below('entrenamiento', 'prueba'), 'none')).toBe('all: entrenamiento 2, prueba 2');
    expect(laidOut(['cat/day', 'dog/day', 'bird/night'])).toBe('all: bird 1, cat 1, dog 1');
  });
});

describe('folders that are hardly classes', () => {
  it.each([
    [['cells/P', 'cells/U', 'cells/cells/P', 'cells/cells/U'], /"cells\/cells" holds P, U as its neighbours/],
    [['yes', 'no', 'brain/yes', 'brain/no'], /"brain" holds yes, no as its neighbours are named/],
    [['1/0', '1/1', '2/0', '2/1', 'all/1/0', 'all/2/1'], /"all" holds 1, 2 as its neighbours/],
    [below('train', 'train/val'), /"train\/val" holds cat, dog as its neighbours/],
    [below('Plants', 'plants/Plants'), /"Plants", "plants" each hold the folders cat, dog/],
    [below('rps/rps', 'rps-test/rps-test'), /"rps", "rps-test" each hold the folders cat, dog/],
    [[...below('data/set', 'set'), 'notes'], /"data", "set" each hold the folders cat, dog/],
    [['Cat', 'cat', 'dog'], /"Cat", "cat" differ only in case/],
    [['cat', 'cat ', 'dog'], /"cat", "cat " differ only in case, spaces/],
    [['caf\u00e9', 'cafe\u0301'], /differ only in case, spaces or Unicode form/],
    [[...below('train'), 'train/Cat', ...below('test')], /"train\/cat", "train\/Cat" differ only in case/],
    [[...below('simpsons'), 'simpson_test/simpson_test'], /"simpson_test" may be splits, and "simpsons"/],
    [
      [...below('small/small'), ...below('big/big/train', 'big/big/test')],
      /"big" hold folders that look like/,
    ],
    [['HAM_images_part_1', 'HAM_images_part_2'], /named like pieces of one dataset/],
    [['images_001/images', 'images_002/images'], /named like pieces of one dataset/],
    [
      ['images/images', 'annotations/trimaps'],
      /"images" is no class by its name, and lies beside "annotations"/,
    ],
    [['train/images', 'valid/images', 'test/images'], /"train" holds no class folders, only "images"/],
    [[...below('train'), 'val/images'], /"val" holds no class folders, only "images"/],
  ])('%j', (folders, message) => {
    expect(() => laidOut(folders)).toThrow(message);
    expect(() => laidOut(folders, 'none')).not.toThrow();
  });

  it.each([
    [['airplane', 'bullet_train'], 'all: airplane 1, bullet_train 1'],
    [['apple/ill', 'apple/well', 'pear/well', 'pear/mouldy'], 'all: apple 2, pear 2'],
    [['part1', 'fold', 'batch_2'], 'all: batch_2 1, fold 1, part1 1'],
    [['cat/images', 'dog/images'], 'all: cat 1, dog 1'],
  ])('%j are', (folders, expected) => {
    expect(laidOut(folders)).toBe(expected);
  });
});

describe('the option splits', () => {
  it('names folders, from the root or below what wraps', () => {
    const folders = below('set/good', 'set/bad', 'set/more');
    expect(laidOut(folders, { train: 'good', test: 'set/bad' })).toBe(pair);
    expect(laidOut(below('train', 'Train'), { train: 'Train' })).toBe('train: cat 1, dog 1');
    expect(() => laidOut(folders, { train: 'god' })).toThrow(
      /no folder "god", which splits.train names. Did you mean "good"/,
    );
  });

  it('none makes all folders classes', () => {
    expect(laidOut(['train', 'car', 'test'], 'none')).toBe('all: car 1, test 1, train 1');
    expect(laidOut(below('train', 'test'), 'none')).toBe('all: test 2, train 2');
  });
});

it('a name is a split’s only where it is one of its words', () => {
  const told = [
    'Training',
    'my_train',
    'trainer',
    'rain',
    'invalid',
    'validator',
    'attest',
    'evaluation',
  ].map(splitOfName);
  expect(told.map((found) => found && `${found.split} ${found.rest}`.trim())).toEqual([
    'train',
    'train my',
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    'validation',
  ]);
});
