"""Bitmaps of every kind that is read, byte by byte, and the pixels that Pillow reads from them.

Run: python bitmaps.py (Pillow 11 or later). Writes bitmaps.json beside it.
"""

import base64
import io
import json
import struct
from pathlib import Path

from PIL import Image

WIDTH, HEIGHT = 7, 5


def index(x, y, bits):
    return (x * 5 + y * 3 + x * y) % (2**bits)


def palette(colours, entry=4):
    return b"".join(bytes([(i * 37) % 256, (i * 91) % 256, (i * 53) % 256, 0][:entry]) for i in range(colours))


def packed(row, bits):
    out = bytearray((len(row) * bits + 31) // 32 * 4)
    for x, value in enumerate(row):
        out[x * bits // 8] |= value << (8 - bits - x * bits % 8)
    return bytes(out)


def padded(row):
    return row + bytes(-len(row) % 4)


def file(header, colours, pixels):
    offset = 14 + len(header) + len(colours)
    return b"BM" + struct.pack("<IHHI", offset + len(pixels), 0, 0, offset) + header + colours + pixels


def info(bits, compression=0, height=HEIGHT, colours=0, size=40, extra=b""):
    fields = struct.pack("<IiiHHIIiiII", size, WIDTH, height, 1, bits, compression, 0, 2835, 2835, colours, 0)
    return fields + extra + bytes(size - len(fields) - len(extra)) if size > 40 else fields


def rows(make, top_down=False):
    lines = [make(y) for y in range(HEIGHT)]
    return b"".join(lines if top_down else lines[::-1])


def indexed(bits):
    return rows(lambda y: packed([index(x, y, bits) for x in range(WIDTH)], bits))


def colour(x, y):
    return ((x * 40) % 256, (y * 50 + x) % 256, (x * y * 9 + 3) % 256)


def bgr(y, extra=()):
    return padded(b"".join(bytes([*colour(x, y)[::-1], *extra]) for x in range(WIDTH)))


def short(y, red, green):
    def pixel(x):
        r, g, b = colour(x, y)
        return (r >> 3) << red | (g >> (3 if green == 5 else 2)) << 5 | b >> 3

    return padded(b"".join(struct.pack("<H", pixel(x)) for x in range(WIDTH)))


def runs():
    """Rows of 8 bits in runs, one by one, and with a jump."""
    out = b""
    for y in range(HEIGHT)[::-1]:
        line = [index(x // 3, y, 8) for x in range(WIDTH)]
        if y % 2:
            out += bytes([3, line[0], 3, line[3], 1, line[6], 0, 0])
        else:
            out += bytes([0, WIDTH, *line, 0]) + bytes([0, 0])
    return out + bytes([0, 1])


MASKS_565 = struct.pack("<III", 0xF800, 0x7E0, 0x1F)
MASKS_32 = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0)
OLD = struct.pack("<IHHHH", 12, WIDTH, HEIGHT, 1, 24)
OLD_8 = struct.pack("<IHHHH", 12, WIDTH, HEIGHT, 1, 8)

FILES = {
    "1 bit": file(info(1), palette(2), indexed(1)),
    "4 bits": file(info(4), palette(16), indexed(4)),
    "4 bits, 9 colours": file(info(4, colours=9), palette(9), rows(lambda y: packed([index(x, y, 3) for x in range(WIDTH)], 4))),
    "8 bits": file(info(8), palette(256), indexed(8)),
    "8 bits in runs": file(info(8, 1), palette(256), runs()),
    "8 bits of OS/2": file(OLD_8, palette(256, 3), indexed(8)),
    "16 bits": file(info(16), b"", rows(lambda y: short(y, 10, 5))),
    "16 bits with masks": file(info(16, 3), MASKS_565, rows(lambda y: short(y, 11, 6))),
    "24 bits": file(info(24), b"", rows(bgr)),
    "24 bits from the top": file(info(24, height=-HEIGHT), b"", rows(bgr, True)),
    "24 bits of OS/2": file(OLD, b"", rows(bgr)),
    "24 bits, a longer header": file(info(24, size=124), b"", rows(bgr)),
    "32 bits": file(info(32), b"", rows(lambda y: bgr(y, (0,)))),
    "32 bits with masks": file(info(32, 3, size=108, extra=MASKS_32), b"", rows(lambda y: bgr(y, (0,)))),
}


def pixels(data):
    return list(Image.open(io.BytesIO(data)).convert("RGB").tobytes())


cases = [{"name": name, "file": base64.b64encode(data).decode(), "pixels": pixels(data)} for name, data in FILES.items()]
golden = {"source": "Pillow's BMP reader", "width": WIDTH, "height": HEIGHT, "cases": cases}
Path(__file__).with_suffix(".json").write_text(json.dumps(golden) + "\n")
