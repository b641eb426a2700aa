import { inflateSync } from 'node:zlib';
import { uint8 } from '@understory/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { day, duration, listed, percent, short } from './format.ts';
import { lineChart } from './lineChart.ts';
import { html, json } from './markup.ts';
import { DARK, LIGHT } from './palette.ts';
import { encodePng, spriteSheet } from '@understory/core/node';
import { thumbnail } from './picture.ts';
import { extent, ticks, ticksAround } from './scale.ts';
import type { Picture } from '../input.ts';

describe('markup', () => {
  it('escapes what it is given, unless it is markup', () => {
    const hostile = `"><script>alert('1')</script>&\0`;
    expect(html`<b title="${hostile}">${[hostile, html`<i>${1}</i>`, undefined]}</b>`.text).toBe(
      '<b title="&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;\ufffd">&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;\ufffd<i>1</i></b>',
    );
  });

  it('writes data that ends no script block and reads back equal', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const { text } = json([value, '</script><!--\u2028']);
        expect(text).not.toMatch(/[<>\u2028]/);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify([value, '</script><!--\u2028'])));
      }),
    );
  });
});

/** PNG's filters undone, by the letter of section 9. */
const decode = (png: Uint8Array): { width: number; height: number; pixels: Uint8Array } => {
  const bytes = Buffer.from(png);
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  const at = bytes.indexOf('IDAT');
  const raw = inflateSync(bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at - 4)));
  const stride = width * 3;
  const pixels = new Uint8Array(height * stride);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)];
    for (let i = 0; i < stride; i++) {
      const a = i < 3 ? 0 : pixels[y * stride + i - 3]!;
      const b = y === 0 ? 0 : pixels[(y - 1) * stride + i]!;
      const c = i < 3 || y === 0 ? 0 : pixels[(y - 1) * stride + i - 3]!;
      const p = a + b - c;
      const nearest = [a, b, c].reduce((m, v) => (Math.abs(p - v) < Math.abs(p - m) ? v : m));
      const guess = [0, a, b, Math.floor((a + b) / 2), nearest][filter!]!;
      pixels[y * stride + i] = raw[y * (stride + 1) + 1 + i]! + guess;
    }
  }
  return { width, height, pixels };
};

const pictures: fc.Arbitrary<Picture> = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
  .chain(([h, w]) =>
    fc
      .uint8Array({ minLength: h * w * 3, maxLength: h * w * 3 })
      .map((data) => uint8(Uint8Array.from(data), [h, w, 3])),
  );

describe('pictures', () => {
  it('are PNG files that an independent decoder reads back', () => {
    fc.assert(
      fc.property(pictures, (picture) => {
        const { width, height, pixels } = decode(encodePng(picture));
        expect([height, width, 3]).toEqual(picture.shape);
        expect(pixels).toEqual(picture.data);
      }),
    );
  });

  it('are made smaller by means, and never larger', () => {
    const data = Uint8Array.from({ length: 4 * 8 * 3 }, (_, i) => (Math.floor(i / 3) % 2 === 0 ? 100 : 200));
    const small = thumbnail(uint8(data, [4, 8, 3]), 4);
    expect(small.shape).toEqual([2, 4, 3]);
    expect(small.data.every((v) => v === 150)).toBe(true);
    expect(thumbnail(uint8(data, [4, 8, 3]), 8).data).toBe(data);
    expect(thumbnail(uint8(new Uint8Array(300), [1, 100, 3]), 10).shape).toEqual([1, 10, 3]);
  });

  it('go into one sheet, row by row', () => {
    const dot = (v: number): Picture => uint8(new Uint8Array(3).fill(v), [1, 1, 3]);
    const sheet = spriteSheet([dot(1), dot(2), dot(3)], 2, 1);
    expect(sheet.shape).toEqual([2, 2, 3]);
    expect([...sheet.data]).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3, 255, 255, 255]);
  });
});

describe('numbers', () => {
  it('are written for people', () => {
    expect([percent(0.6759), percent(NaN), short(0.000123), short(1.23456), short(NaN)]).toEqual([
      '67.6\u202f%',
      '–',
      '1.2e-4',
      '1.23',
      '–',
    ]);
    expect([9.96, 59.6, 3599.7, 7322].map(duration)).toEqual([
      '10\u202fs',
      '1\u202fmin 0\u202fs',
      '1\u202fh 0\u202fmin',
      '2\u202fh 2\u202fmin',
    ]);
    expect([day('2026-11-23T12:00:00Z'), day('some day')]).toEqual(['23 November 2026', 'some day']);
    expect([listed([]), listed(['a']), listed(['a', 'b', 'c'])]).toEqual(['', 'a', 'a, b and c']);
  });

  it('stand at round places of an axis', () => {
    expect(ticks([0.6, 4.5], 4)).toEqual([1, 2, 3, 4]);
    expect(ticksAround([0.6, 4.5], 4)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(ticks([0.3, 0.7], 4)).toEqual([0.3, 0.4, 0.5, 0.6, 0.7]);
    expect(extent([NaN, Infinity])).toEqual([0, 1]);
    const range = fc.tuple(
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
    );
    fc.assert(
      fc.property(range, ([low, size]) => {
        const around = ticksAround([low, low + size], 4);
        expect(around[0]).toBeLessThanOrEqual(low + size * 1e-6);
        expect(around.at(-1)).toBeGreaterThanOrEqual(low + size * (1 - 1e-6));
        expect(around.length).toBeLessThan(9);
      }),
    );
  });
});

describe('a line chart', () => {
  const chart = (values: number[][]): string =>
    lineChart({
      title: 't',
      description: 'd',
      series: values.map((ys, method) => ({
        method,
        name: `m${method}`,
        points: ys.map((y, x) => [x, y] as const),
      })),
      size: [300, 200],
      xLabel: 'x',
      formatX: String,
      formatY: String,
    }).text;

  it('lifts the pen over values that are not numbers', () => {
    const lines = /class="line"\s+d="([^"]*)"/.exec(chart([[1, NaN, 2, 3]]))![1]!;
    expect(lines.match(/M/g)).toHaveLength(2);
    expect(lines).not.toContain('NaN');
  });

  it('draws no value that it does not have', () => {
    for (const values of [[[]], [[NaN]], [[1]], [[0, 0, 0]]]) {
      expect(chart(values).replace('<title>', '')).not.toMatch(/NaN|undefined|Infinity/);
    }
  });

  it('keeps the numbers at the ends of lines apart', () => {
    const text = chart([
      [1, 5],
      [1, 5],
      [1, 5.01],
      [1, 1],
    ]);
    const heights = [...text.matchAll(/class="end"\s+x="[^"]*"\s+y="([^"]*)"/g)]
      .map((m) => Number(m[1]))
      .sort((a, b) => a - b);
    expect(heights).toHaveLength(4);
    heights.slice(1).forEach((h, i) => expect(h - heights[i]!).toBeGreaterThan(13));
  });
});

describe('colours', () => {
  const linear = (hex: string): number[] =>
    [1, 3, 5].map((i) => {
      const v = parseInt(hex.slice(i, i + 2), 16) / 255;
      return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    });
  const luminance = ([r, g, b]: number[]): number => 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  const contrast = (a: string, b: string): number => {
    const [x, y] = [luminance(linear(a)), luminance(linear(b))];
    return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
  };
  const times = (m: number[][], v: number[]): number[] =>
    m.map((row) => row.reduce((s, a, i) => s + a * v[i]!, 0));
  const toLab = (rgb: number[]): number[] => {
    const clipped = rgb.map((v) => Math.min(1, Math.max(0, v)));
    const xyz = times(
      [
        [0.4124, 0.3576, 0.1805],
        [0.2126, 0.7152, 0.0722],
        [0.0193, 0.1192, 0.9505],
      ],
      clipped,
    );
    const [x, y, z] = xyz.map((v, i) => Math.cbrt(Math.max(v / [0.9505, 1, 1.089][i]!, 0.0089)));
    return [116 * y! - 16, 500 * (x! - y!), 200 * (y! - z!)];
  };
  /** Machado, Oliveira & Fernandes 2009, severity 1: full protanopia, deuteranopia, tritanopia; then normal vision. */
  const VISIONS = [
    [
      [0.152286, 1.052583, -0.204868],
      [0.114503, 0.786281, 0.099216],
      [-0.003882, -0.048116, 1.051998],
    ],
    [
      [0.367322, 0.860646, -0.227968],
      [0.280085, 0.672501, 0.047413],
      [-0.01182, 0.04294, 0.968881],
    ],
    [
      [1.255528, -0.076749, -0.178779],
      [-0.078411, 0.930809, 0.147602],
      [0.004733, 0.691367, 0.3039],
    ],
    [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
  ];
  const closest = (colours: readonly string[]): number =>
    Math.min(
      ...VISIONS.flatMap((vision) => {
        const seen = colours.map((c) => toLab(times(vision, linear(c))));
        return seen.flatMap((a, i) =>
          seen.slice(i + 1).map((b) => Math.hypot(...a.map((v, k) => v - b[k]!))),
        );
      }),
    );

  for (const [name, theme] of Object.entries({ LIGHT, DARK })) {
    it(`of methods stay apart for every kind of colour vision (${name})`, () => {
      expect(closest(theme.methods.slice(0, 3))).toBeGreaterThan(20);
      expect(closest(theme.methods)).toBeGreaterThan(12);
    });

    it(`are strong enough on their background (${name})`, () => {
      for (const text of [theme.ink, theme.quiet, theme.accent, theme.wrong]) {
        expect(contrast(text, theme.page)).toBeGreaterThan(4.5);
        expect(contrast(text, theme.raised)).toBeGreaterThan(4);
      }
      for (const line of theme.methods) expect(contrast(line, theme.page)).toBeGreaterThan(3);
      for (const dot of theme.classes) expect(contrast(dot, theme.raised)).toBeGreaterThan(2);
    });
  }
});
