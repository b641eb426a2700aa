import { describe, expect, it } from 'vitest';
import { densenet } from '../densenet/densenet.ts';
import { resnet } from '../resnet/resnet.ts';
import { drawBackbone } from './drawBackbone.ts';

const backbone = resnet({ variant: 'resnet18', width: 0.25, classes: 9, blank: true });

/** Names of elements that are opened and not closed, or closed and not opened. */
const unbalanced = (svg: string): string[] => {
  const open: string[] = [];
  for (const [, close, name, self] of svg.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/gi)) {
    if (self) continue;
    if (!close) open.push(name!);
    else if (open.pop() !== name) return [name!];
  }
  return open;
};

describe('drawBackbone', () => {
  it('draws each part with its shape, and heads below their taps', () => {
    const heads = ['stage1', 'stage3'].map((tap) => ({ name: `<${tap}>`, tap, gives: '128 numbers' }));
    const svg = drawBackbone(backbone, heads);
    expect(unbalanced(svg)).toEqual([]);
    for (const word of [
      'stem',
      'stage4',
      'classifier',
      '32×32×16',
      '4×4×128',
      '&lt;stage3&gt;',
      '128 numbers',
    ]) {
      expect(svg).toContain(`>${word}<`);
    }
    expect(svg.match(/class="head"/g)).toHaveLength(2);
    expect(svg.match(/class="part"/g)).toHaveLength(6);
  });

  it('draws families whose stages are not blocks in a row', () => {
    const svg = drawBackbone(
      densenet({ variant: 'densenet121', width: 0.25, depth: 0.1, classes: 9, blank: true }),
      [{ name: 'head', tap: 'stage4' }],
    );
    expect(unbalanced(svg)).toEqual([]);
    expect(svg).toContain('>transition1<');
  });

  it('names the taps when a head hangs on none', () => {
    expect(() => drawBackbone(backbone, [{ name: 'head', tap: 'stage5' }])).toThrow(
      /"stage5".*Known: stage1, stage2/,
    );
  });
});
