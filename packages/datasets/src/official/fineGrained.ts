import type { OfficialDataset } from './officialDataset.ts';

const TORCHVISION = 'torchvision';
const TFDS = 'TensorFlow Datasets';
const CARS = 'https://ai.stanford.edu/~jkrause';
const FLOWERS = 'https://www.robots.ox.ac.uk/~vgg/data/flowers/102';
const DOGS = 'http://vision.stanford.edu/aditya86/ImageNetDogs';

const cub: OfficialDataset = {
  name: 'cub',
  title: 'Caltech-UCSD Birds-200-2011',
  page: 'https://www.vision.caltech.edu/datasets/cub_200_2011/',
  terms: 'for non-commercial research and education; the photographs belong to their authors on Flickr',
  files: [
    {
      name: 'CUB_200_2011.tgz',
      url: 'https://data.caltech.edu/records/65de6-vp158/files/CUB_200_2011.tgz',
      bytes: 1_150_585_339,
      digest: { algorithm: 'md5', hex: '97eceeb196236b17998738112f37df78', from: 'its authors' },
      then: 'gunzip',
    },
  ],
  root: '',
  plugin: 'cub',
  classes: [200],
  images: { train: 5_994, test: 5_794 },
  note: 'Some of its photographs are in ImageNet too: weights that were trained there have seen test images.',
};

const cars: OfficialDataset = {
  name: 'cars',
  title: 'Stanford Cars',
  page: `${CARS}/cars/car_dataset.html`,
  terms: "for non-commercial research and education, on ImageNet's terms",
  files: [
    {
      name: 'cars_train.tgz',
      url: `${CARS}/car196/cars_train.tgz`,
      bytes: 979_269_282,
      digest: { algorithm: 'md5', hex: '065e5b463ae28d29e77c1b4b166cfe61', from: TORCHVISION },
      then: 'gunzip',
    },
    {
      name: 'cars_test.tgz',
      url: `${CARS}/car196/cars_test.tgz`,
      bytes: 977_350_468,
      digest: { algorithm: 'md5', hex: '4ce7ebf6a94d07f1952d94dd34c4d501', from: TORCHVISION },
      then: 'gunzip',
    },
    {
      name: 'car_devkit.tgz',
      url: `${CARS}/cars/car_devkit.tgz`,
      bytes: 330_960,
      digest: { algorithm: 'md5', hex: 'c3b158d763b6e2245038c8ad08e45376', from: TORCHVISION },
    },
    {
      name: 'cars_test_annos_withlabels.mat',
      url: `${CARS}/car196/cars_test_annos_withlabels.mat`,
      bytes: 185_758,
      digest: { algorithm: 'md5', hex: 'b0a2b23655a3edd16d84508592a98d10', from: TORCHVISION },
    },
  ],
  unavailable: 'its page has been offline since 2023. Get its files from a colleague or a mirror',
  root: '',
  plugin: 'cars',
  classes: [196],
  images: { train: 8_144, test: 8_041 },
};

const flowers: OfficialDataset = {
  name: 'flowers',
  title: 'Oxford Flowers-102',
  page: `${FLOWERS}/`,
  terms: 'no licence is published; the photographs belong to their authors, and the set is used for research',
  files: [
    {
      name: '102flowers.tgz',
      url: `${FLOWERS}/102flowers.tgz`,
      bytes: 344_862_509,
      digest: { algorithm: 'md5', hex: '52808999861908f626f3c1f4e79d11fa', from: TORCHVISION },
      then: 'gunzip',
    },
    {
      name: 'imagelabels.mat',
      url: `${FLOWERS}/imagelabels.mat`,
      bytes: 502,
      digest: { algorithm: 'md5', hex: 'e0620be6f572b9609742df49c70aed4d', from: TORCHVISION },
    },
    {
      name: 'setid.mat',
      url: `${FLOWERS}/setid.mat`,
      bytes: 14_989,
      digest: { algorithm: 'md5', hex: 'a5357ecc9cb78c4bef273ce3793fc85c', from: TORCHVISION },
    },
  ],
  root: '',
  plugin: 'flowers',
  classes: [102],
  images: { train: 1_020, validation: 1_020, test: 6_149 },
  perClass: { train: 10, validation: 10 },
  note: 'Many papers train on train and validation images together (2,040): say which you did.',
};

const dogs: OfficialDataset = {
  name: 'dogs',
  title: 'Stanford Dogs',
  page: `${DOGS}/`,
  terms: "for non-commercial research and education, on ImageNet's terms",
  files: [
    {
      name: 'images.tar',
      url: `${DOGS}/images.tar`,
      bytes: 793_579_520,
      digest: {
        algorithm: 'sha256',
        hex: 'a443fc2f9a851aa1a7b8e4fa4af94b8459fce2c9f5a2f4dd4669cf9673a4ec58',
        from: TFDS,
      },
    },
    {
      name: 'annotation.tar',
      url: `${DOGS}/annotation.tar`,
      bytes: 21_852_160,
      digest: {
        algorithm: 'sha256',
        hex: '662ed36f707be6b195c2fda392d8e153e83af28cedc8e2134a649f198def30fd',
        from: TFDS,
      },
    },
    {
      name: 'lists.tar',
      url: `${DOGS}/lists.tar`,
      bytes: 481_280,
      digest: {
        algorithm: 'sha256',
        hex: '34b47cacd9a98b5d150e084f24d29391c084c55272295ec65c85651bc35f4d6c',
        from: TFDS,
      },
    },
  ],
  root: '',
  plugin: 'dogs',
  classes: [120],
  images: { train: 12_000, test: 8_580 },
  perClass: { train: 100 },
  note: "Its photographs are of ImageNet's training images: weights that were trained there have seen the test images.",
};

const aircraft: OfficialDataset = {
  name: 'aircraft',
  title: 'FGVC-Aircraft (2013b)',
  page: 'https://www.robots.ox.ac.uk/~vgg/data/fgvc-aircraft/',
  terms: 'for non-commercial research only; the photographs belong to their authors, who are named in each',
  files: [
    {
      name: 'fgvc-aircraft-2013b.tar.gz',
      url: 'https://www.robots.ox.ac.uk/~vgg/data/fgvc-aircraft/archives/fgvc-aircraft-2013b.tar.gz',
      bytes: 2_753_340_328,
      digest: { algorithm: 'md5', hex: 'd4acdd33327262359767eeaa97a4f732', from: 'its authors' },
      then: 'gunzip',
    },
  ],
  root: '',
  plugin: 'aircraft',
  classes: [100, 70, 30],
  images: { train: 3_334, validation: 3_333, test: 3_333 },
  note: 'Papers train on train and validation images together (6,667), and cut off the 20 lowest pixels, which name the author.',
};

/** Datasets of classes that look alike. */
export const FINE_GRAINED: readonly OfficialDataset[] = [cub, cars, flowers, dogs, aircraft];
