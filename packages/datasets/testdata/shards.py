"""Shards as webdataset's own TarWriter makes them, and the samples that webdataset reads from them.

Run: python shards.py (webdataset 1.0.2). Writes the folder shards beside it.
"""

import io
import json
import os
from pathlib import Path

import webdataset as wds
from PIL import Image

here = Path(__file__).parent / "shards"


def picture(number, kind="JPEG"):
    encoded = io.BytesIO()
    Image.new("RGB", (8, 6), (20 * number, 100, 200 - 20 * number)).save(encoded, kind)
    return encoded.getvalue()


def write(name, samples):
    with wds.TarWriter(str(here / name), mtime=0, user="", group="") as out:
        for sample in samples:
            out.write(sample)


write(
    "train-000000.tar",
    [
        {"__key__": "cats/0001", "jpg": picture(0), "cls": 0},
        {"__key__": "v1.2/dogs/0002", "png": picture(1, "PNG"), "cls": 1, "txt": "a dog"},
        {"__key__": "n" * 90 + "/" + "long" * 20, "jpg": picture(2), "cls": 1},
        {"__key__": "Ünïcode/0003", "jpeg": picture(3), "cls": 0},
    ],
)
write(
    "train-000001.tar",
    [
        {"__key__": "0004", "jpg": picture(4), "cls": 0},
        {"__key__": "0005", "jpg": picture(5), "cls": 1},
    ],
)
write(
    "val.tar",
    [{"__key__": f"{i:04}", "webp": picture(i, "WEBP"), "cls": i % 2} for i in range(3)],
)
write(
    "fields.tar",
    [
        {"__key__": f"{i:04}", "jpg": picture(i), "json": {"meta": {"label": ["cat", "dog"][i % 2]}, "id": i}}
        for i in range(4)
    ],
)

read = {}
for name in sorted(p for p in os.listdir(here) if p.endswith(".tar")):
    dataset = wds.WebDataset(str(here / name), shardshuffle=False, empty_check=False)
    read[name] = [
        {"key": s["__key__"], "parts": {k: len(v) for k, v in s.items() if not k.startswith("__")}}
        for s in dataset
    ]
Path(here / "read.json").write_text(json.dumps(read, ensure_ascii=False, indent=1) + "\n")
print({name: len(samples) for name, samples in read.items()})
