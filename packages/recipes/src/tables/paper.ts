/** Numbers of the paper (Zhang et al. 2022) by key, as its tables and poster print them. */
export type Published = Readonly<Record<string, string>>;

const inOrder =
  (...keys: readonly string[]) =>
  (numbers: string): Published =>
    Object.fromEntries(numbers.split('  ').map((number, i) => [keys[i] ?? '', number]));

const supervision = inOrder('baseline', 'dsn', 'dks', 'dhm', 'cds');

/** Table 1: CIFAR-100, top-1 in %. */
export const CIFAR100: Readonly<Record<string, Published>> = {
  resnet18: supervision('77.45  78.30  78.96  78.82  80.84'),
  resnet50: supervision('77.81  78.96  80.95  81.12  81.31'),
  resnet101: supervision('78.65  79.37  81.39  81.27  83.12'),
  resnext50: supervision('79.85  81.02  82.27  82.14  82.81'),
  resnext101: supervision('80.67  81.70  82.98  83.27  83.87'),
  wideresnet50: supervision('79.46  80.98  81.95  81.76  82.28'),
  wideresnet101: supervision('79.98  81.30  82.58  82.76  83.93'),
  senet18: supervision('77.46  78.28  79.32  79.14  80.13'),
  senet50: supervision('78.02  79.46  80.76  80.72  81.51'),
  preactresnet18: supervision('76.84  77.40  78.96  78.32  80.76'),
};

/** Table 3: ImageNet, top-1 / top-5 in %. */
export const IMAGENET: Readonly<Record<string, Published>> = {
  resnet18: supervision('69.21 / 89.01  69.54 / 88.87  71.32 / 89.20  71.29 / 90.06  72.85 / 91.30'),
  resnet34: supervision('73.17 / 91.24  73.29 / 91.30  74.01 / 91.87  73.89 / 91.66  76.19 / 93.08'),
  resnet50: supervision('75.30 / 92.20  75.37 / 92.49  76.47 / 93.60  76.57 / 93.24  78.25 / 93.99'),
};

/** Table 4: COCO 2017, ResNet-50, AP in %, by the way of pre-training. */
export const COCO: Readonly<Record<string, Published>> = {
  'faster-rcnn': supervision('37.4  37.3  37.5  37.6  38.3'),
  retinanet: supervision('36.5  36.3  36.7  36.7  37.3'),
};

/** Table 6: ResNet-50 fine-tuned from weights of ImageNet, top-1 in %. */
export const FINE_GRAINED: Readonly<Record<string, Published>> = {
  cub: supervision('78.50  80.14  81.34  81.27  82.10'),
  cars: supervision('90.25  91.32  92.54  92.31  92.90'),
  flowers: supervision('97.68  98.64  99.01  98.84  99.39'),
  dogs: supervision('76.47  77.21  78.32  78.20  80.99'),
  aircraft: supervision('87.43  89.31  89.20  89.57  90.52'),
};

const distillation = inOrder('none', 'kd', 'at', 'rkd', 'sp', 'crd', 'cds-kd', 'cc', 'okd', 'sskd');

/** Table 7: distillation on ImageNet, top-1 / top-5 in %. CC, OKD and SSKD are of another paper, ResNet-34 into ResNet-18. */
export const DISTILLATION: Readonly<Record<string, Published>> = {
  resnet18: distillation(
    '69.21 / 89.01  70.52 / 89.88  70.74 / 90.00  70.63 / 89.71  70.61 / 89.80  71.07 / 91.06  73.23 / 91.56  ' +
      '69.96 / 89.17  70.55 / 89.59  71.62 / 90.67',
  ),
  resnet34: distillation(
    '73.17 / 91.24  74.44 / 92.07  74.69 / 92.18  74.61 / 92.14  74.60 / 92.10  74.99 / 92.58  76.65 / 93.38',
  ),
  resnet50: distillation(
    '75.30 / 92.20  76.62 / 93.36  76.79 / 93.51  76.92 / 93.60  76.88 / 93.58  77.21 / 93.88  78.68 / 94.42',
  ),
};

/** ResNet-50 on ImageNet, top-1 in %: contrastive pre-training against CDS. */
export const PRETRAINING: Published = {
  'baseline-256-90': '75.3',
  'baseline-4096-270': '77.6',
  'supcon-6144-350': '78.7',
  'supcon-512-350': '74.5',
  'supcon-6144-100': '77.0',
  'byol-1024-1080': '77.7',
  'byol-dsn-1024-1080': '78.2',
  'cds-256-90': '78.3',
  'cds-kd-256-90': '78.7',
  'cds-256-350': '79.8',
};

const semi = inOrder('10', '20', '30', '40');

/** Few labels, top-1 in %, by the percentage that is kept; read off a plot, ± 0.5. */
export const SEMI: Readonly<Record<'cifar10' | 'cifar100', Readonly<Record<string, Published>>>> = {
  cifar10: { baseline: semi('57.3  78.6  84.5  87.7'), cds: semi('75.5  85.4  88.5  90.7') },
  cifar100: { baseline: semi('31.7  45.9  48.6  62.1'), cds: semi('42.0  56.6  62.9  67.8') },
};

/** Calibration of ResNet-18 on CIFAR-100: ECE / top-1 in %. */
export const CALIBRATION: Published = { baseline: '11.92 / 77.45', cds: '5.27 / 80.84' };
