import { readFileSync } from 'node:fs';
import { classesOf, UnderstoryError, type Dataset, type DatasetFactory } from '@understory/core';
import { damaged } from '@understory/core/testing';
import { extract } from 'tar';
import { beforeAll, describe, expect, it } from 'vitest';
import { fixture, golden, pixelHash } from '../testing/golden.test.support.ts';
import { request, temporaryFolder, writeTree } from '../testing/temporary.test.support.ts';
import { cifar10, cifar100 } from './cifar.ts';
import { pythonBatch } from './pythonBatch.ts';

interface Split {
  readonly labels: readonly number[];
  readonly sha256: string;
}
interface Golden {
  readonly classes: readonly string[];
  readonly train: Split;
  readonly test: Split;
}
// testdata/cifar.py: what torchvision's CIFAR10 and CIFAR100 read.
const { cifar10: ten, cifar100: hundred } = golden('cifar.json') as {
  readonly cifar10: Golden;
  readonly cifar100: Golden;
};

const open = (factory: DatasetFactory): Promise<Dataset> => factory(request());

const checkAgainst = async (dataset: Dataset, { classes, train, test }: Golden): Promise<void> => {
  expect(dataset.classes).toEqual(classes);
  expect(Array.from(classesOf(dataset.train))).toEqual(train.labels);
  expect(Array.from(classesOf(dataset.test))).toEqual(test.labels);
  expect(await pixelHash(dataset.train)).toBe(train.sha256);
  expect(await pixelHash(dataset.test)).toBe(test.sha256);
};

describe('both published forms are what torchvision reads', () => {
  it.each(['binary', 'python', 'fortran', 'python3-2', 'python3-3', 'python3-4', 'python3-5'])(
    'cifar10, %s',
    async (form) => {
      const root = fixture(`cifar-10-${form}.tar.gz`);
      await checkAgainst(await open(cifar10({ root, validation: 0 })), ten);
    },
  );

  it.each(['binary', 'python'])('cifar100, %s', async (form) => {
    const root = fixture(`cifar-100-${form}.tar.gz`);
    await checkAgainst(await open(cifar100({ root, validation: 0 })), hundred);
    const { train, classes } = await open(cifar100({ root, validation: 0, labels: 'coarse' }));
    expect(classes).toHaveLength(20);
    expect(Array.from(classesOf(train))).toEqual(hundred.train.labels.map((fine) => Math.floor(fine / 5)));
  });
});

describe('the version for Python', () => {
  let folder: string;
  const batch = (): Buffer => readFileSync(`${folder}/cifar-10-batches-py/test_batch`);
  const bad = (what: string): Error => new UnderstoryError('bad-dataset', what);
  const told = (bytes: Uint8Array): string => {
    try {
      pythonBatch(bytes, 'labels', bad);
    } catch (error) {
      expect(error).toBeInstanceOf(UnderstoryError);
      return (error as Error).message;
    }
    return 'read';
  };

  beforeAll(async () => {
    folder = await temporaryFolder();
    await extract({ file: fixture('cifar-10-python.tar.gz'), cwd: folder });
  });

  it('is left out and counted beside the binary one', async () => {
    await extract({ file: fixture('cifar-10-binary.tar.gz'), cwd: folder });
    const { leftOut } = await open(cifar10({ root: folder }));
    expect(leftOut).toMatchObject([{ reason: 'the version for Python, beside the binary one', count: 6 }]);
    await checkAgainst(await open(cifar10({ root: folder, validation: 0 })), ten);
  });

  it('runs nothing: any name but those of arrays is refused', async () => {
    const evil = Buffer.from('\x80\x02cos\nsystem\nU\x04trueR.', 'latin1');
    expect(told(evil)).toMatch(/asks for "os.system".*Nothing of it was run/);
    expect(told(Buffer.from('\x80\x02(ios\nsystem\n.', 'latin1'))).toMatch(/asks for "os.system"/);
    expect(told(Buffer.from('\x80\x04\x8c\x08builtinsq\0\x8c\x04eval\x93.', 'latin1'))).toMatch(
      /"builtins.eval"/,
    );
    const python = fixture('cifar-10-python.tar.gz');
    const copy = await temporaryFolder();
    await extract({ file: python, cwd: copy });
    const root = await writeTree({
      ...Object.fromEntries(
        [1, 2, 3, 4, 5].map((b) => [
          `data_batch_${b}`,
          readFileSync(`${copy}/cifar-10-batches-py/data_batch_${b}`),
        ]),
      ),
      test_batch: evil,
    });
    await expect(open(cifar10({ root }))).rejects.toMatchObject({ code: 'unsafe-pickle' });
  });

  it('says what is wrong with a batch', () => {
    const sound = batch();
    const changed = (from: string, to: string): Buffer =>
      Buffer.from(sound.toString('latin1').replace(from, to), 'latin1');
    expect(told(sound)).toBe('read');
    expect(told(sound.subarray(0, 900))).toBe('its pickle ends in the middle');
    expect(told(changed('labels', 'lebals'))).toMatch(/it has no list labels, but batch_label, lebals, data/);
    expect(told(changed('U\x02u1', 'U\x02f8'))).toBe('its data is of the type "f8", not u1');
    expect(told(changed('M\0\x0c', 'M\0\x0b'))).toBe('its data is of shape [11, 2816], not [N, 3072]');
    expect(told(changed('K\x0bM\0\x0c', 'K\x0aM\0\x0c'))).toBe('it has 10 images and 11 labels');
    expect(told(Buffer.from('\x80\x02].', 'latin1'))).toBe('it is no pickled dictionary');
  });

  it('in any state of damage is read or refused, in little memory', () => {
    const sound = [batch()];
    for (let i = 0; i < 300; i++) told(damaged(sound, i));
    // A text that is turned into bytes a million times over.
    const text = Buffer.from(`X\0\0\x10\0${'a'.repeat(2 ** 20)}q\0`, 'latin1');
    const again = Buffer.from('c_codecs\nencode\nh\0\x85R0'.repeat(20_000), 'latin1');
    expect(told(Buffer.concat([Buffer.from('\x80\x02'), text, again, Buffer.from('.')]))).toMatch(
      /pickle|no/,
    );
  });
});
