import type { OfficialDataset, OfficialFile } from './officialDataset.ts';

const VOC_PAGE = 'http://host.robots.ox.ac.uk/pascal/VOC';
const VOC_FILES = 'https://thor.robots.ox.ac.uk/pascal/VOC';
const VOC_TERMS = "the photographs are of Flickr and used on Flickr's terms of use";
const COCO_FILES = 'http://images.cocodataset.org';

const vocFile = (year: string, name: string, bytes: number, hex: string): OfficialFile => ({
  name,
  url: `${VOC_FILES}/${year}/${name}`,
  bytes,
  digest: { algorithm: 'md5', hex, from: 'torchvision' },
});

/** Two archives of one folder, which are one dataset only side by side. */
const unpacked = (file: OfficialFile): OfficialFile => ({ ...file, then: { unpackInto: '' } });

const cocoFile = (folder: string, name: string, bytes: number, hex: string): OfficialFile => ({
  name,
  url: `${COCO_FILES}/${folder}/${name}`,
  bytes,
  digest: { algorithm: 'md5', hex, from: 'LVIS and PaddleDetection' },
  then: { unpackInto: 'coco2017' },
});

const imageNetFile = (name: string, bytes: number, hex: string): OfficialFile => ({
  name,
  url: `https://image-net.org/data/ILSVRC/2012/${name}`,
  bytes,
  digest: { algorithm: 'md5', hex, from: 'its authors' },
});

/** Datasets of scenes and of a thousand things: Pascal VOC, COCO, ImageNet. */
export const SCENES: readonly OfficialDataset[] = [
  {
    name: 'voc2007',
    title: 'Pascal VOC 2007',
    page: `${VOC_PAGE}/voc2007/`,
    terms: VOC_TERMS,
    files: [
      vocFile('voc2007', 'VOCtrainval_06-Nov-2007.tar', 460_032_000, 'c52e279531787c972589f7e41ab4ae64'),
      vocFile('voc2007', 'VOCtest_06-Nov-2007.tar', 451_020_800, 'b6e924de25625d8de591ea690078ad9f'),
    ].map(unpacked),
    root: 'VOCdevkit',
    plugin: 'voc',
    classes: [20],
    images: { train: 2_501, validation: 2_510, test: 4_952 },
  },
  {
    name: 'voc2012',
    title: 'Pascal VOC 2012',
    page: `${VOC_PAGE}/voc2012/`,
    terms: VOC_TERMS,
    files: [
      vocFile('voc2012', 'VOCtrainval_11-May-2012.tar', 1_999_639_040, '6cd6e144f989b92b3379bac3b3de84fd'),
    ],
    root: 'VOCtrainval_11-May-2012.tar',
    plugin: 'voc',
    classes: [20],
    images: { train: 5_717, validation: 5_823 },
    note: 'Boxes of its test images are kept by an evaluation server: papers measure on the validation images, or on VOC 2007.',
  },
  {
    name: 'coco2017',
    title: 'COCO 2017',
    page: 'https://cocodataset.org/#download',
    terms: "annotations: CC BY 4.0; the photographs are of Flickr and used on Flickr's terms of use",
    files: [
      cocoFile(
        'annotations',
        'annotations_trainval2017.zip',
        252_907_541,
        'f4bbac642086de4f52a3fdda2de5fa2c',
      ),
      cocoFile('zips', 'val2017.zip', 815_585_330, '442b8da7639aecaf257c1dceb8ba8c80'),
      cocoFile('zips', 'train2017.zip', 19_336_861_798, 'cced6f7f71b7629ddf16f17bbcfab6b2'),
    ],
    root: 'coco2017',
    plugin: 'coco',
    classes: [80],
    images: { train: 118_287, validation: 5_000 },
    note: 'Boxes of its test images are kept by an evaluation server: papers measure on the validation images.',
  },
  {
    name: 'imagenet',
    title: 'ImageNet (ILSVRC 2012)',
    page: 'https://image-net.org/download.php',
    terms: 'for non-commercial research and education; whoever downloads it signs its terms of access',
    files: [
      imageNetFile('ILSVRC2012_img_train.tar', 147_897_477_120, '1d675b47d978889d74fa0da5fadfb00e'),
      imageNetFile('ILSVRC2012_img_val.tar', 6_744_924_160, '29b22e2961454d5413ddabcf34fc5622'),
      imageNetFile('ILSVRC2012_devkit_t12.tar.gz', 2_568_145, 'fa75699e90414af021442c21a62c3abf'),
    ],
    unavailable: 'it wants an account. Sign in at https://image-net.org and get its files',
    root: '',
    plugin: 'imagenet',
    classes: [1_000],
    images: { train: 1_281_167, validation: 50_000 },
    note: 'Its test labels are not published: papers measure on the validation images.',
  },
];
