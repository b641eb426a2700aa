import type { TableRequest } from './data.ts';
import { CALIBRATION } from './paper.ts';
import type { Row, Table } from './table.ts';

/**
 * How well ResNet-18 knows what it does not know, CIFAR-100 (the paper's figure of calibration): runs of the table `cifar100`, told
 * by their calibration error, of which less is better.
 */
export const calibrationTable =
  (cifar100: (request: TableRequest) => Table) =>
  (request: TableRequest): Table => {
    const { rows, ...table } = cifar100(request);
    const own = rows.flatMap(({ key, label, config }): Row[] => {
      const [model, method = ''] = key.split('/');
      if (model !== 'resnet18') return [];
      const home = { table: table.name, key };
      return [{ key: method, label, config, home, paper: CALIBRATION[method] ?? '–' }];
    });
    return {
      ...table,
      name: 'calibration',
      title: `CIFAR-100, resnet18: calibration, of which less is better`,
      paperColumn: 'paper, ECE / top-1, %',
      measures: [
        { metric: 'ece', label: 'ECE' },
        { metric: 'accuracy', label: 'top-1' },
      ],
      rows: own,
      reference: 'baseline',
      choices: [
        ...(table.choices ?? []),
        'ECE has 15 bins (Guo et al. 2017); `ece5` of each result has the 5 of the paper’s diagrams.',
      ],
    };
  };
