import { existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { drawnBoxes } from './drawnBoxes.ts';
import { drawnFiles } from './drawnFiles.ts';
import { drawPrediction } from './drawPrediction.ts';
import { svg } from './svg.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'understory-pictures-'));
const at = (...parts: readonly string[]): string => path.join(folder, ...parts);

const grey = (h: number, w: number): Sharp =>
  sharp({ create: { width: w, height: h, channels: 3, background: '#808080' } });

const pixelsOf = async (
  file: string,
): Promise<{ size: readonly number[]; pixel: (y: number, x: number) => number[] }> => {
  const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
  return {
    size: [info.height, info.width],
    pixel: (y, x) => [...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3)],
  };
};

describe('a drawing', () => {
  it('has each box where it lies, in the colour of its class, on a picture of its own size', async () => {
    await grey(120, 200).png().toFile(at('a.png'));
    const boxes = [
      { class: 'dog', probability: 0.9, box: [60, 40, 110, 150] as const },
      { class: 'cat', probability: 0.5, box: [NaN, 0, 9, 9] as const },
    ];
    const request = { image: at('a.png'), file: at('out.png'), overwrite: false, boxes };
    await drawPrediction({ ...request, classes: ['cat', 'dog'] });
    const { size, pixel } = await pixelsOf(at('out.png'));
    expect(size).toEqual([120, 200]);
    expect(pixel(80, 100)).toEqual([128, 128, 128]);
    for (const [y, x] of [
      [80, 39],
      [109, 90],
      [80, 149],
    ] as const) {
      const [red = 0, , blue = 255] = pixel(y, x);
      expect(red - blue).toBeGreaterThan(40); // orange
    }
    await expect(drawPrediction({ ...request, classes: [] })).rejects.toThrow(/out\.png.*there already/);
  });

  it('turns a picture as it is to be seen, and makes a very large one smaller', async () => {
    await grey(40, 5000).jpeg().withMetadata({ orientation: 6 }).toFile(at('turned.jpg'));
    const boxes = [{ class: 'x', probability: 1, box: [4900, 0, 5000, 40] as const }];
    const file = at('turned-out.jpg');
    await drawPrediction({ image: at('turned.jpg'), file, overwrite: false, boxes, classes: ['x'] });
    const { size, pixel } = await pixelsOf(file);
    expect(size).toEqual([4096, 33]);
    expect(pixel(4014, 16)).not.toEqual(pixel(2000, 16));
    expect((await sharp(file).metadata()).format).toBe('jpeg');
  });

  it('is sound whatever a class is called and wherever a box lies', async () => {
    const side = fc.oneof(fc.double({ min: -500, max: 500 }), fc.constantFrom(NaN, Infinity, 1e300));
    const name = fc.oneof(
      fc.constantFrom('</text><script>', '"&\0\u0007', '\ud800', '🐈'.repeat(30), ']]>', '‮cat'),
      fc.string({ unit: 'binary', maxLength: 60 }),
    );
    const box = fc.record({ box: fc.tuple(side, side, side, side), colour: fc.integer(), text: name });
    await fc.assert(
      fc.asyncProperty(fc.array(box, { maxLength: 4 }), async (boxes) => {
        const drawn = svg([60, 80], drawnBoxes(boxes, [60, 80]));
        const { info } = await sharp(drawn).raw().toBuffer({ resolveWithObject: true });
        expect([info.height, info.width]).toEqual([60, 80]);
      }),
      { numRuns: 60 },
    );
  });
});

describe('where drawings go', () => {
  it('keeps the names of PNG and JPEG, and puts .png behind others', () => {
    const files = drawnFiles(['x/a.png', 'x/b.JPG', 'x/c.webp'], at('new'), false);
    expect([...files.values()]).toEqual([at('new', 'a.png'), at('new', 'b.JPG'), at('new', 'c.webp.png')]);
  });

  it('refuses to replace a file without being asked, and an image in any case', () => {
    mkdirSync(at('there'));
    writeFileSync(at('there', 'a.png'), 'kept');
    symlinkSync(at('there'), at('link'));
    expect(() => drawnFiles(['x/a.png'], at('there'), false)).toThrow(/a\.png is there already.*--overwrite/);
    expect(drawnFiles(['x/a.png'], at('there'), true).get('x/a.png')).toBe(at('there', 'a.png'));
    expect(() => drawnFiles([at('there', 'a.png')], at('link'), true)).toThrow(/replace the image/);
    expect(existsSync(at('new'))).toBe(false);
    expect(readFileSync(at('there', 'a.png'), 'utf8')).toBe('kept');
  });

  it('refuses two images that would be drawn in one file', () => {
    expect(() => drawnFiles(['x/a.png', 'y/A.PNG'], at('new'), true)).toThrow(/would both be drawn/);
    expect(drawnFiles(['x/a.png', './x/a.png'], at('new'), true).size).toBe(2);
  });
});
