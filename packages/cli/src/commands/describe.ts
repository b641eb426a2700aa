import { writeFile } from 'node:fs/promises';
import { describeBackbone, drawBackbone, type BackboneDescription } from '@understory/backbones';
import { fileError } from '@understory/core';
import {
  chooseBackbone,
  type BackboneChoice,
  headRows,
  type HeadRow,
  loadCpu,
  openRegistry,
} from '@understory/runs';
import { jsonText } from '../jsonText.ts';
import { textTable } from '../table.ts';

interface DescribeOptions extends BackboneChoice {
  readonly head: string;
  readonly svg?: string;
  readonly plugin: readonly string[];
  readonly json: boolean;
}

const count = (n: number): string => n.toLocaleString('en');
const times = (shape: readonly number[]): string => shape.join('×');

const summaryOf = (
  { name, input, classes, parameters, multiplyAdds }: BackboneDescription,
  stem?: string,
): string =>
  [
    `${name}${stem === undefined ? '' : `, stem ${stem}`}: images ${times(input)}, ${classes} classes`,
    `${count(parameters.trainable)} parameters, ${count(parameters.statistics)} batch-norm statistics, ` +
      `${count(Math.round(multiplyAdds / 1e6))} M multiply-adds an image`,
  ].join('\n');

const tables = ({ parts, taps }: BackboneDescription, heads: readonly HeadRow[]): string[] => [
  textTable(
    ['part', 'gives', 'layers', 'parameters', 'multiply-adds'],
    parts.map((p) => [p.name, times(p.shape), count(p.layers), count(p.parameters), count(p.multiplyAdds)]),
  ),
  textTable(
    ['tap', 'map', 'stride', 'head', 'gives', 'parameters'],
    taps.map(({ name, shape, stride }) => {
      const head = heads.find(({ tap }) => tap === name);
      const cells = head ? [head.head, count(head.width), count(head.parameters)] : ['', '', ''];
      return [name, times(shape), String(stride), ...cells];
    }),
  ),
];

/** `understory describe <backbone>`: its stages, taps and heads as tables, JSON, or a drawing. */
export const describe = async (
  name: string,
  { head, svg, plugin, json, ...choice }: DescribeOptions,
): Promise<void> => {
  loadCpu();
  const registry = await openRegistry(plugin, process.cwd());
  const { factory, request, stem } = chooseBackbone(registry, name, choice);
  const backbone = factory(request);
  const described = describeBackbone(backbone);
  const heads = headRows(registry, backbone, head);
  if (json)
    process.stdout.write(`${jsonText({ ...(stem !== undefined && { stem }), ...described, heads })}\n`);
  else process.stdout.write(`${[summaryOf(described, stem), ...tables(described, heads)].join('\n\n')}\n`);
  if (svg === undefined) return;
  const hung = heads.map(({ tap, width }) => ({ name: head, tap, gives: `${count(width)} numbers` }));
  await writeFile(svg, drawBackbone(backbone, hung)).catch((error: unknown) => {
    throw fileError('write', svg, error);
  });
  process.stderr.write(`\nDrawn in ${svg}\n`);
};
