import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { decodeSafetensors } from '@understory/core';
import { writeWeights } from '@understory/interop/node';
import { temporaryFolder } from '@understory/runs/testing';
import { describe, expect, it } from 'vitest';
import { understory } from './testing/understory.ts';

const folder = temporaryFolder();
const testdata = path.resolve(import.meta.dirname, '../../interop/testdata');
const tiny = path.join(testdata, 'tiny.pth');
const TINY = ['--backbone', 'resnet18', '--set', 'width=0.0625', '--set', 'depth=0.01', '--size', '16'];
const tensorsOf = (name: string) =>
  decodeSafetensors(new Uint8Array(readFileSync(path.join(folder, name)))).tensors;

interface Row {
  readonly name: string;
  readonly stem: string;
  readonly input: readonly number[];
  readonly parameters: { readonly trainable: number; readonly statistics: number };
  readonly multiplyAdds: number;
  readonly taps: readonly { readonly name: string; readonly shape: readonly number[] }[];
}

describe('understory list backbones --json', () => {
  it('gives each backbone with each stem: counts, taps, input size', async () => {
    const { stdout, stderr, code } = await understory(['list', 'backbones', '--json'], folder);
    expect(code, stderr).toBe(0);
    const rows = JSON.parse(stdout) as Row[];
    const find = (name: string, stem: string) => rows.find((r) => r.name === name && r.stem === stem)!;
    expect(find('resnet18', 'cifar')).toMatchObject({
      input: [32, 32, 3],
      parameters: { trainable: 11_220_132, statistics: 9_600 },
      multiplyAdds: 555_468_800,
    });
    expect(find('resnet18', 'cifar').taps[1]).toEqual({
      name: 'stage2',
      channels: 128,
      stride: 2,
      shape: [16, 16, 128],
    });
    expect(find('vit-s16', 'imagenet').parameters.trainable).toBe(22_050_664);
    expect(rows.filter((r) => !(r.taps.length > 0 && r.multiplyAdds > 0))).toEqual([]);
    // How far it is, where that takes a while.
    expect(
      stderr.split('\n').filter((line) => line !== '' && !/^ {2}backbones ■* +\d+\/44$/.test(line)),
    ).toEqual([]);
  });
});

describe('understory describe', () => {
  it('shows stages, taps and heads, and draws them', async () => {
    const { stdout, code } = await understory(['describe', 'resnet18', '--svg', 'resnet18.svg'], folder);
    expect(code).toBe(0);
    expect(stdout).toMatch(/11,220,132 parameters, 9,600 batch-norm statistics, 555 M multiply-adds/);
    expect(stdout).toMatch(/stage1 +32×32×64 +8 +147,968 +150,994,944/);
    // With the handbook's heads: 726,528 more parameters.
    expect(stdout).toMatch(/stage1 .*268,800\nstage2 .*254,976\nstage3 .*202,752/);
    const svg = readFileSync(path.join(folder, 'resnet18.svg'), 'utf8');
    expect(svg.match(/class="head"/g)).toHaveLength(3);
    expect(svg).toContain('>512 numbers<');
  });

  it('takes options, another head, and gives JSON', async () => {
    const args = ['describe', 'resnet50', '--stem', 'imagenet', '--set', 'width=0.25', '--classes', '9'];
    const { stdout } = await understory([...args, '--size', '64', '--head', 'linear', '--json'], folder);
    const { stem, input, classes, heads } = JSON.parse(stdout) as Row & { classes: number; heads: object[] };
    expect({ stem, input, classes }).toEqual({ stem: 'imagenet', input: [64, 64, 3], classes: 9 });
    expect(heads[0]).toMatchObject({ tap: 'stage1', head: 'linear', width: 128 });
  });

  it('names the nearest backbone and option', async () => {
    const [name, option] = await Promise.all([
      understory(['describe', 'resnet81'], folder),
      understory(['describe', 'resnet18', '--set', 'widht=2'], folder),
    ]);
    expect(name.stderr).toMatch(/Did you mean "resnet\d+"/);
    expect(option.code).toBe(1);
    expect(option.stderr).toMatch(/unknown key "widht"\. Did you mean "width"/);
  });
});

describe('understory weights', () => {
  it('inspects what torch.save wrote, and refuses what would run code', async () => {
    const { stdout } = await understory(['weights', 'inspect', tiny], folder);
    expect(stdout).toMatch(/state_dict\.module\.conv1\.weight +float32 +4×3×3×3 +108/);
    expect(stdout).toMatch(/pytorch, 74 tensors, 20,175 numbers/);
    const json = await understory(['weights', 'inspect', tiny, '--json'], folder);
    expect(JSON.parse(json.stdout)).toMatchObject({ format: 'pytorch', size: 20_175 });
    const { stderr, code } = await understory(['weights', 'inspect', path.join(testdata, 'evil.pt')], folder);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/wants to call "posix\.system"/)]);
    expect((await understory(['weights', 'inspect', 'none.pth'], folder)).stderr).toMatch(
      /none\.pth.*It does not exist\./,
    );
  });

  it("converts to our names and back to torchvision's, bit for bit", async () => {
    const there = await understory(['weights', 'convert', tiny, 'ours.safetensors', ...TINY], folder);
    expect(there.stderr).toBe('');
    expect(there.stdout).toMatch(/7 classes.*from names of torchvision to names of understory/);
    expect(Object.keys(tensorsOf('ours.safetensors'))).toContain('stage2/block0/conv1/kernel');
    const args = ['weights', 'convert', 'ours.safetensors', 'back.safetensors', ...TINY];
    expect((await understory([...args, '--to', 'torchvision'], folder)).code).toBe(0);
    await understory(['weights', 'convert', tiny, 'copy.safetensors'], folder);
    const [back, copy] = [tensorsOf('back.safetensors'), tensorsOf('copy.safetensors')];
    for (const [name, tensor] of Object.entries(back))
      if (!name.endsWith('num_batches_tracked'))
        expect(tensor, name).toEqual(copy[`state_dict.module.${name}`]);
    expect(Object.keys(back)).toHaveLength(Object.keys(copy).length);
  });

  it('says what of a file is left out', async () => {
    const at = (name: string): string => path.join(testdata, name);
    const [odd, objects] = await Promise.all([
      understory(['weights', 'inspect', at('wide.pt')], folder),
      understory(['weights', 'convert', at('old-kinds.pth'), 'kinds.safetensors'], folder),
    ]);
    expect(odd.stdout).toMatch(/left out: 1 tensor\n {2}wide \(tensor\): .*holds 1099511627776/);
    expect(objects.stdout).toMatch(
      /left out: 1 tensor and 1 object\n.*\n {2}args \(object\): argparse\.Namespace/,
    );
    const named = tensorsOf('copy.safetensors');
    const without = Object.fromEntries(Object.entries(named).filter(([name]) => !name.includes('.fc.')));
    await writeWeights(path.join(folder, 'encoder.safetensors'), {
      ...without,
      'head.weight': named['state_dict.module.bn1.bias']!,
    });
    const args = ['weights', 'convert', 'encoder.safetensors', 'bare.safetensors', ...TINY];
    const { stdout, stderr } = await understory(args, folder);
    expect(stderr).toBe('');
    expect(stdout).toMatch(
      /without a classifier, which the file has none of.*\nleft out: 1 tensor \(head\.weight\)/,
    );
  });

  it('lists what does not fit', async () => {
    const convert = async (...args: string[]): Promise<string> =>
      (await understory(['weights', 'convert', tiny, 'none.safetensors', ...args], folder)).stderr;
    const [deeper, other, nobody] = await Promise.all([
      convert('--backbone', 'resnet18', '--set', 'width=0.0625', '--stem', 'imagenet'),
      convert(...TINY, '--from', 'torchvison'),
      convert('--from', 'timm'),
    ]);
    expect(deeper).toMatch(
      /Missing \(\d+\): layer1\.1\.conv1\.weight.*conv1\.weight is \[4, 3, 3, 3\], not \[4, 3, 7, 7\]/,
    );
    expect(other).toMatch(/Did you mean "torchvision"/);
    expect(nobody).toMatch(/need --backbone/);
  });
});

// A quarter of the emoji, a network of 4 channels: seconds, and everything real.
const CONFIG = `
name: begun
epochs: 1
batch: 32
dataset: [emoji, { limit: 96 }]
backbone: [resnet18, { width: 0.0625, depth: 0.01 }]
schedule: [constant, { rate: 1e-30 }]
optimizer: [sgd, { weightDecay: 0 }]
weights: { file: weights/tiny.pth }
`;

describe('weights of a config', () => {
  it('are what training begins with; a classifier of another size is left out, and said so', async () => {
    mkdirSync(path.join(folder, 'weights'));
    copyFileSync(tiny, path.join(folder, 'weights/tiny.pth'));
    writeFileSync(path.join(folder, 'begun.yaml'), CONFIG);
    const { code, stderr } = await understory(['train', 'begun.yaml'], folder);
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/names of torchvision.*file has 7 classes, this run 9; it starts afresh/);
    // At this rate the weights stay what they began with.
    const checkpoint = 'runs/begun/checkpoints/last.safetensors';
    const convert = ['weights', 'convert', checkpoint, 'last.safetensors', ...TINY, '--to', 'torchvision'];
    const converted = await understory(convert, folder);
    expect(converted.stderr).toBe('');
    const [last, first] = [tensorsOf('last.safetensors'), tensorsOf('copy.safetensors')];
    const same = Object.keys(last).filter((name) => /conv|bn.*(weight|bias)/.test(name));
    expect(same).toHaveLength(27);
    for (const name of same) expect(last[name], name).toEqual(first[`state_dict.module.${name}`]);
    expect(last['fc.bias']!.shape).toEqual([9]);
  });

  it('of a run are its best ones', async () => {
    const set = ['--set', 'weights={ run: runs/begun }', '--set', 'name=further'];
    const { code, stderr } = await understory(['train', 'begun.yaml', ...set], folder);
    expect(code, stderr).toBe(0);
    const of = (run: string) => tensorsOf(`runs/${run}/checkpoints/last.safetensors`);
    const [first, second] = [of('begun'), of('further')];
    const kernels = Object.keys(second).filter((name) => /^backbone\/stage.*kernel/.test(name));
    expect(kernels.length).toBeGreaterThan(6);
    for (const name of kernels) expect(second[name], name).toEqual(first[name]);
    const both = await understory(
      ['train', 'begun.yaml', '--set', 'weights={ run: runs/begun, file: weights/tiny.pth }'],
      folder,
    );
    expect(both.code).toBe(1);
    expect(both.stderr).toMatch(/weights.*"file" or "run", one of them/s);
  });

  it('that are not there or do not fit stop the run before it begins', async () => {
    const train = async (set: string, runs: string): Promise<string> =>
      (await understory(['train', 'begun.yaml', '--set', set, '--runs', runs], folder)).stderr;
    const [absent, wider] = await Promise.all([
      train('weights.file=no.pth', 'none'),
      train('backbone.width=0.125', 'other'),
    ]);
    expect(absent).toMatch(/No file at .*no\.pth/);
    expect(existsSync(path.join(folder, 'none'))).toBe(false);
    expect(wider).toMatch(/is \[4, 3, 3, 3\], not \[8/);
  });
});
