"""Small archives of CIFAR-10 and CIFAR-100 in both published forms, and what torchvision's own classes read from them.

Run: python cifar.py (NumPy, torchvision). Writes formats/cifar-*.tar.gz and cifar.json beside it.
"""

import gzip
import hashlib
import io
import json
import pickle
import struct
import tarfile
import tempfile
from pathlib import Path

import numpy as np
import torchvision

OUT = Path(__file__).parent / "formats"
OUT.mkdir(exist_ok=True)


class Python2Pickler(pickle._Pickler):
    """Protocol 2 as cPickle of Python 2 writes it: its texts are byte strings, NumPy's modules have their old names."""

    dispatch = pickle._Pickler.dispatch.copy()

    def save_bytes(self, value):
        if len(value) < 256:
            self.write(pickle.SHORT_BINSTRING + bytes([len(value)]) + value)
        else:
            self.write(pickle.BINSTRING + struct.pack("<i", len(value)) + value)
        self.memoize(value)

    def save_text(self, value):
        self.save_bytes(value.encode("latin1"))

    def save_function(self, value, name=None):
        self.write(b"c" + value.__module__.replace("numpy._core", "numpy.core").encode() + b"\n" + value.__name__.encode() + b"\n")
        self.memoize(value)

    dispatch[bytes] = save_bytes
    dispatch[str] = save_text

    def save_global(self, value, name=None):
        self.save_function(value)


def python2(value):
    out = io.BytesIO()
    Python2Pickler(out, 2).dump(value)
    return out.getvalue()


def picture(i):
    """[3, 32, 32]: every image and channel differ, and pack well."""
    y, x = np.mgrid[0:32, 0:32]
    planes = [(i * 37 + c * 80 + x * (i % 4) + y * (c + 1)) % 256 for c in range(3)]
    return np.stack(planes).astype(np.uint8)


def tar(name, files):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as out:
        for path, data in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(data)
            out.addfile(info, io.BytesIO(data))
    (OUT / name).write_bytes(gzip.compress(raw.getvalue(), 9, mtime=0))


def rows(first, count):
    return np.stack([picture(i).reshape(-1) for i in range(first, first + count)])


def lines(names):
    return ("\n".join(names) + "\n").encode()


TEN = "airplane automobile bird cat deer dog frog horse ship truck".split()


def ten():
    binary, python = {}, {}
    for b in range(6):
        name = f"data_batch_{b + 1}" if b < 5 else "test_batch"
        count = 6 + b
        data, labels = rows(b * 20, count), [(3 * i + b) % 10 for i in range(count)]
        binary[f"cifar-10-batches-bin/{name}.bin"] = b"".join(bytes([y]) + x.tobytes() for x, y in zip(data, labels))
        batch = {"batch_label": f"batch {b + 1}", "labels": labels, "data": data, "filenames": [f"{b}_{i}.png" for i in range(count)]}
        python[f"cifar-10-batches-py/{name}"] = python2(batch)
    binary["cifar-10-batches-bin/batches.meta.txt"] = lines(TEN) + b"\n"
    meta = {"num_cases_per_batch": 6, "label_names": TEN, "num_vis": 3072}
    python["cifar-10-batches-py/batches.meta"] = python2(meta)
    return binary, python


def hundred():
    fine_names, coarse_names = [f"fine {i:02}" for i in range(100)], [f"coarse {i:02}" for i in range(20)]
    binary, python = {}, {}
    for name, first, count in [("train", 0, 30), ("test", 50, 12)]:
        data, fine = rows(first, count), [(7 * i + first) % 100 for i in range(count)]
        coarse = [y // 5 for y in fine]
        records = [bytes([c, f]) + x.tobytes() for x, f, c in zip(data, fine, coarse)]
        binary[f"cifar-100-binary/{name}.bin"] = b"".join(records)
        batch = {"fine_labels": fine, "coarse_labels": coarse, "data": data, "filenames": [f"{i}.png" for i in fine], "batch_label": name}
        python[f"cifar-100-python/{name}"] = python2(batch)
    binary["cifar-100-binary/fine_label_names.txt"] = lines(fine_names)
    binary["cifar-100-binary/coarse_label_names.txt"] = lines(coarse_names)
    python["cifar-100-python/meta"] = python2({"fine_label_names": fine_names, "coarse_label_names": coarse_names})
    return binary, python


def read(kind, files):
    """What torchvision reads; its checksums are those of the whole dataset, and left out."""
    with tempfile.TemporaryDirectory() as root:
        for path, data in files.items():
            at = Path(root) / path
            at.parent.mkdir(exist_ok=True)
            at.write_bytes(data)

        class Unchecked(kind):
            def _check_integrity(self):
                return True

        kind.meta = {**kind.meta, "md5": hashlib.md5((Path(root) / kind.base_folder / kind.meta["filename"]).read_bytes()).hexdigest()}
        train, test = Unchecked(root, train=True), Unchecked(root, train=False)
        split = lambda d: {"labels": list(map(int, d.targets)), "sha256": hashlib.sha256(np.ascontiguousarray(d.data).tobytes()).hexdigest()}
        return {"classes": train.classes, "train": split(train), "test": split(test)}


golden = {"source": f"torchvision {torchvision.__version__}"}
for name, kind, (binary, python) in [
    ("cifar10", torchvision.datasets.CIFAR10, ten()),
    ("cifar100", torchvision.datasets.CIFAR100, hundred()),
]:
    folder = "cifar-10" if name == "cifar10" else "cifar-100"
    tar(f"{folder}-binary.tar.gz", binary)
    tar(f"{folder}-python.tar.gz", python)
    for path, data in python.items():
        assert isinstance(pickle.loads(data, encoding="bytes"), dict), path
    golden[name] = read(kind, python)
    if name == "cifar10":
        # The same batch as Python 3 writes it: its own texts, newer protocols, NumPy's present names.
        sample = pickle.loads(python["cifar-10-batches-py/test_batch"], encoding="latin1")
        columns = python2({**sample, "data": np.asfortranarray(sample["data"])})
        tar("cifar-10-fortran.tar.gz", {**python, "cifar-10-batches-py/test_batch": columns})
        for protocol in [2, 3, 4, 5]:
            tar(
                f"cifar-10-python3-{protocol}.tar.gz",
                {**python, "cifar-10-batches-py/test_batch": pickle.dumps(sample, protocol)},
            )

Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
