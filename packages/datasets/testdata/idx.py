"""Small files in MNIST's format, and what torchvision reads from them.

Run: python idx.py (NumPy, torchvision). Writes formats/mnist and formats/emnist.zip, and idx.json beside it.
"""

import gzip
import hashlib
import io
import json
import struct
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import torchvision
from torchvision.datasets.mnist import read_image_file, read_label_file

OUT = Path(__file__).parent / "formats"


def idx(array):
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def pictures(count, height, width, seed):
    n, y, x = np.mgrid[0:count, 0:height, 0:width]
    return ((n * 31 + y * 17 + x * (seed + 3)) % 256).astype(np.uint8)


def read(images, labels):
    with tempfile.TemporaryDirectory() as folder:
        for name, data in [("images", images), ("labels", labels)]:
            (Path(folder) / name).write_bytes(data)
        x, y = read_image_file(f"{folder}/images"), read_label_file(f"{folder}/labels")
    rgb = np.repeat(x.numpy()[..., None], 3, -1)
    turned = np.ascontiguousarray(rgb.swapaxes(1, 2))
    digest = lambda a: hashlib.sha256(a.tobytes()).hexdigest()
    return {"size": list(x.shape[1:]), "labels": y.tolist(), "sha256": digest(rgb), "transposed": digest(turned)}


golden = {"source": f"torchvision {torchvision.__version__}", "mnist": {}, "letters": {}}
folder = OUT / "mnist" / "raw"
folder.mkdir(parents=True, exist_ok=True)
for split, prefix, count in [("train", "train", 30), ("test", "t10k", 10)]:
    images = idx(pictures(count, 6, 5, len(split)))
    labels = idx(np.array([(i * 3) % 10 for i in range(count)], np.uint8))
    (folder / f"{prefix}-images-idx3-ubyte").write_bytes(images)
    (folder / f"{prefix}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(labels, mtime=0))
    golden["mnist"][split] = read(images, labels)

# EMNIST's archive: several sets, labels from 1 on, what they stand for in a file beside them.
archive = io.BytesIO()
with zipfile.ZipFile(archive, "w") as out:
    for name, first, classes in [("letters", 1, 26), ("digits", 0, 10)]:
        for split, count in [("train", 52), ("test", 26)]:
            images = idx(pictures(count, 4, 4, classes))
            labels = idx(np.array([first + i % classes for i in range(count)], np.uint8))
            for kind, data in [("images-idx3", images), ("labels-idx1", labels)]:
                out.writestr(zipfile.ZipInfo(f"gzip/emnist-{name}-{split}-{kind}-ubyte.gz"), gzip.compress(data, mtime=0))
            if name == "letters":
                golden["letters"][split] = read(images, labels)
        codes = [f"{first + i} {65 + i} {97 + i}" if first else f"{i} {48 + i}" for i in range(classes)]
        out.writestr(zipfile.ZipInfo(f"gzip/emnist-{name}-mapping.txt"), "\n".join(codes) + "\n")
(OUT / "emnist.zip").write_bytes(archive.getvalue())

Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
