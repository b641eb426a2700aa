/** The canvas that one draws on, and pictures that are dropped on it. */
export class Paper {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #changed: () => void;
  colour = '#f5b301';
  brush = 24;

  constructor(canvas: HTMLCanvasElement, changed: () => void) {
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('This browser gives no canvas to draw on.');
    [this.#canvas, this.#context, this.#changed] = [canvas, context, changed];
    this.clear();
    canvas.addEventListener('pointerdown', (event) => canvas.setPointerCapture(event.pointerId));
    canvas.addEventListener('pointermove', (event) => {
      if (event.buttons > 0) this.#stroke(event);
    });
    canvas.addEventListener('dragover', (event) => event.preventDefault());
    canvas.addEventListener('drop', (event) => {
      event.preventDefault();
      const file = event.dataTransfer?.files[0];
      if (file) void this.show(file);
    });
  }

  #stroke({ offsetX, offsetY, movementX, movementY }: PointerEvent): void {
    const context = this.#context;
    Object.assign(context, { strokeStyle: this.colour, lineWidth: this.brush, lineCap: 'round' });
    context.beginPath();
    context.moveTo(offsetX - movementX, offsetY - movementY);
    context.lineTo(offsetX, offsetY);
    context.stroke();
    this.#changed();
  }

  clear(): void {
    this.#context.fillStyle = '#fff';
    this.#context.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
    this.#changed();
  }

  /** A picture's middle, over the whole paper. Rejects where it is none that the browser reads. */
  async show(picture: Blob | ImageData): Promise<void> {
    const bitmap = await createImageBitmap(picture);
    const side = Math.min(bitmap.width, bitmap.height);
    const { width, height } = this.#canvas;
    this.#context.fillStyle = '#fff';
    this.#context.fillRect(0, 0, width, height);
    this.#context.drawImage(
      bitmap,
      (bitmap.width - side) / 2,
      (bitmap.height - side) / 2,
      side,
      side,
      0,
      0,
      width,
      height,
    );
    bitmap.close();
    this.#changed();
  }

  /** What lies on it at the network's size, [H, W, 3] bytes. */
  pixels([height, width]: readonly [number, number]): Uint8Array {
    const small = new OffscreenCanvas(width, height).getContext('2d');
    if (!small) throw new Error('This browser gives no canvas to make pictures smaller.');
    small.imageSmoothingQuality = 'high';
    small.drawImage(this.#canvas, 0, 0, width, height);
    return withoutAlpha(small.getImageData(0, 0, width, height).data);
  }
}

const withoutAlpha = (rgba: Uint8ClampedArray): Uint8Array =>
  Uint8Array.from(rgba.filter((_, i) => i % 4 !== 3));

/** A drawing of the page's data for a canvas. */
export const imageOf = (
  pixels: Uint8Array,
  at: number,
  [height, width]: readonly [number, number],
): ImageData => {
  const image = new ImageData(width, height);
  for (let i = 0; i < height * width; i++)
    image.data.set(
      [...pixels.subarray((at * height * width + i) * 3, (at * height * width + i) * 3 + 3), 255],
      i * 4,
    );
  return image;
};
