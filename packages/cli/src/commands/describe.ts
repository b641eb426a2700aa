import { writeFile } from 'node:fs/promises';
import { fileError } from '@understory/core';
import { describeNetwork, type DescribeRequest, type NetworkDescription } from '@understory/runs';
import { count, jsonText, textTable } from '../text.ts';
import { say } from '../output/voice.ts';
import { fitted } from '../output/width.ts';

interface DescribeOptions extends DescribeRequest {
  readonly svg?: string;
  readonly json: boolean;
}

const times = (shape: readonly number[]): string => shape.join('×');

const summaryOf = ({ name, stem, input, classes, parameters, multiplyAdds }: NetworkDescription): string =>
  [
    `${name}${stem === undefined ? '' : `, stem ${stem}`}: images ${times(input)}, ${classes} classes`,
    `${count(parameters.trainable)} parameters, ${count(parameters.statistics)} batch-norm statistics, ` +
      `${count(Math.round(multiplyAdds / 1e6))} M multiply-adds an image`,
  ].join('\n');

const tables = ({ parts, taps, heads }: NetworkDescription): string[] => [
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
export const describe = async (name: string, { svg, json, ...request }: DescribeOptions): Promise<void> => {
  const { description, draw } = await describeNetwork(name, request);
  const told = [fitted(summaryOf(description)), ...tables(description)].join('\n\n');
  process.stdout.write(`${json ? jsonText(description) : told}\n`);
  if (svg === undefined) return;
  await writeFile(svg, draw()).catch((error: unknown) => {
    throw fileError('write', svg, error);
  });
  say(`\nDrawn in ${svg}`);
};
