import type { OfficialDataset } from './officialDataset.ts';

const PAGE = 'https://www.cs.toronto.edu/~kriz/cifar.html';
const TERMS =
  'no licence is published; the authors ask to cite Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny Images"';

/** Krizhevsky 2009, in the binary version, which is read in place. Checksums stand on its page. */
export const CIFAR: readonly OfficialDataset[] = [
  {
    name: 'cifar10',
    title: 'CIFAR-10',
    page: PAGE,
    terms: TERMS,
    files: [
      {
        name: 'cifar-10-binary.tar.gz',
        url: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
        bytes: 170_052_171,
        digest: { algorithm: 'md5', hex: 'c32a1d4ab5d03f1284b67883e8d87530', from: 'its authors' },
      },
    ],
    root: 'cifar-10-binary.tar.gz',
    plugin: 'cifar10',
    classes: [10],
    images: { train: 50_000, test: 10_000 },
    perClass: { train: 5_000, test: 1_000 },
  },
  {
    name: 'cifar100',
    title: 'CIFAR-100',
    page: PAGE,
    terms: TERMS,
    files: [
      {
        name: 'cifar-100-binary.tar.gz',
        url: 'https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz',
        bytes: 168_513_733,
        digest: { algorithm: 'md5', hex: '03b5dce01913d631647c71ecec9e9cb8', from: 'its authors' },
      },
    ],
    root: 'cifar-100-binary.tar.gz',
    plugin: 'cifar100',
    classes: [100, 20],
    images: { train: 50_000, test: 10_000 },
    perClass: { train: 500, test: 100 },
  },
];
