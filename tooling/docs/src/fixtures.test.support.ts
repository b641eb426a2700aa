import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { blocksIn } from './documented.ts';
import { ROOT } from './pages.ts';

const CLASSES = ['daisy', 'rose', 'tulip'];

const picture = async (file: string, shade: number): Promise<void> => {
  mkdirSync(path.dirname(file), { recursive: true });
  const create = {
    width: 64,
    height: 48,
    channels: 3,
    background: { r: shade, g: 90, b: 255 - shade },
  } as const;
  await sharp({ create }).jpeg().toFile(file);
};

const annotation = (name: string): string =>
  `<annotation><filename>${name}.jpg</filename><size><width>64</width><height>48</height><depth>3</depth></size>
<object><name>RBC</name><bndbox><xmin>4</xmin><ymin>6</ymin><xmax>30</xmax><ymax>40</ymax></bndbox></object></annotation>`;

const cells = async (folder: string): Promise<void> => {
  for (const part of ['Annotations', 'ImageSets/Main'])
    mkdirSync(path.join(folder, part), { recursive: true });
  const names = Array.from({ length: 6 }, (_, i) => `cell${i}`);
  for (const [i, name] of names.entries()) {
    await picture(path.join(folder, 'JPEGImages', `${name}.jpg`), 40 * i);
    writeFileSync(path.join(folder, 'Annotations', `${name}.xml`), annotation(name));
  }
  const lists = { train: names.slice(0, 2), val: names.slice(2, 4), test: names.slice(4) };
  for (const [split, own] of Object.entries(lists))
    writeFileSync(path.join(folder, 'ImageSets/Main', `${split}.txt`), `${own.join('\n')}\n`);
};

/** The config of the top README that has this line. */
const configOf = (line: string): string =>
  blocksIn('yaml').find(({ page, text }) => page === 'README.md' && text.includes(line))?.text ?? '';

/** A loss that imports nothing: what a program loads by `import()` alone, vitest does not show the packages' sources. */
const PLUGIN = `export const cosinePlugin = { token: { key: 'loss' }, name: 'cosine', summary: 'Nothing',
  options: { parse: () => ({}) }, create: () => () => 0 };`;

/** The files that blocks name: pictures in folders, a config, a plugin, a model of Keras. */
export const writeFixtures = async (folder: string): Promise<void> => {
  for (const [c, name] of CLASSES.entries())
    for (let i = 0; i < 12; i++) await picture(path.join(folder, 'flowers', name, `${i}.jpg`), 60 * c + i);
  await cells(path.join(folder, 'BCCD'));
  writeFileSync(path.join(folder, 'flowers.yaml'), configOf('name: flowers'));
  writeFileSync(path.join(folder, 'cosine.js'), PLUGIN);
  cpSync(path.join(ROOT, 'examples/keras-model/keras'), path.join(folder, 'keras'), { recursive: true });
};
