"""Official lists in miniature, in their true formats, and what the field's own readers make of them.

The lists and .mat files lie in listed/ beside this script, written by scipy's savemat; listed.json holds name, class and split of
each picture, in order, as torchvision's dataset classes give them (Cars, Flowers, Aircraft, ImageNet), and for CUB and Dogs, which
torchvision has not, as their READMEs define them. The pictures of listed.json are made by the tests.

    python listed.py        # needs torch, torchvision, scipy, pillow
"""

import hashlib
import io
import struct
import sys
import tarfile
import tempfile
import zlib
from pathlib import Path

import numpy as np
import torchvision.datasets.imagenet as imagenet_module
from PIL import Image
from scipy.io import loadmat, savemat
from scipy.sparse import csc_array
from torchvision.datasets import FGVCAircraft, Flowers102, ImageNet, StanfordCars

sys.path.insert(0, str(Path(__file__).parents[3] / "tooling/reference"))
from common import write  # noqa: E402

HERE = Path(__file__).parent / "listed"


def put(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())


def mat(path, variables, **options):
    """A .mat file whose header has no time, so that it is the same each time it is made."""
    buffer = io.BytesIO()
    savemat(buffer, variables, **options)
    data = bytearray(buffer.getvalue())
    data[:116] = b"MATLAB 5.0 MAT-file, written by scipy".ljust(116)
    put(path, bytes(data))


def jpeg():
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "JPEG")
    return buffer.getvalue()


def cells(values, column=True):
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out.reshape(-1, 1) if column else out.reshape(1, -1)


def records(fields, rows):
    return np.array([tuple(row) for row in rows], dtype=[(name, object) for name in fields]).reshape(1, -1)


def cub():
    names = ["001.Black_footed_Albatross", "002.Laysan_Albatross", "010.Red_winged_Blackbird"]
    rows = []  # id, path, class, train, box
    for k, name in enumerate(names):
        for i in range(4):
            rows.append((len(rows) + 1, f"{name}/{name[4:]}_{i:04d}_{79 * i + k}.jpg", k + 1, int(i % 2 == 0), (1.0 + k, 2.0, 4.0, 3.0 + i / 2)))
    lines = {
        "images.txt": [f"{i} {path}" for i, path, *_ in rows],
        "image_class_labels.txt": [f"{row[0]} {row[2]}" for row in rows],
        "train_test_split.txt": [f"{row[0]} {row[3]}" for row in rows],
        "bounding_boxes.txt": [f"{row[0]} " + " ".join(str(v) for v in row[4]) for row in rows],
        "classes.txt": [f"{k + 1} {name}" for k, name in enumerate(names)],
    }
    for name, text in lines.items():
        put(HERE / "cub" / name, "\n".join(text) + "\n")
    split = lambda train: [[path, label - 1] for _, path, label, is_train, _ in rows if is_train == train]
    return {"classes": [name[4:].replace("_", " ") for name in names], "train": split(1), "test": split(0)}


CAR_NAMES = ["AM General Hummer SUV 2000", "Acura RL Sedan 2012", "Ram C/V Cargo Van Minivan 2012"]


def cars():
    fields = ["bbox_x1", "bbox_y1", "bbox_x2", "bbox_y2", "class", "fname"]
    u8 = np.uint8
    rows = lambda labels: [
        (u8(2 + i), u8(3), u8(6), np.uint16(5 + i % 2), u8(label), f"{i + 1:05d}.jpg") for i, label in enumerate(labels)
    ]
    train, test = rows([3, 1, 2, 1, 3]), rows([2, 3, 1])
    names = cells(CAR_NAMES, column=False)
    folder = HERE / "cars"
    mat(folder / "devkit/cars_train_annos.mat", {"annotations": records(fields, train)}, do_compression=True)
    mat(folder / "devkit/cars_test_annos.mat", {"annotations": records(fields[:4] + ["fname"], [row[:4] + row[5:] for row in test])})
    mat(folder / "cars_test_annos_withlabels.mat", {"annotations": records(fields, test)}, do_compression=True)
    mat(folder / "devkit/cars_meta.mat", {"class_names": names})
    one = [(f"car_ims/{k + 1:06d}.jpg", *row[:5], u8(k >= len(train))) for k, row in enumerate(train + test)]
    mat(
        folder / "single/cars_annos.mat",
        {"annotations": records(["relative_im_path", *fields[:5], "test"], one), "class_names": names},
        do_compression=True,
    )
    with tempfile.TemporaryDirectory() as root:
        base = Path(root) / "stanford_cars"
        for path in ["devkit/cars_train_annos.mat", "devkit/cars_meta.mat", "cars_test_annos_withlabels.mat"]:
            put(base / path, (folder / path).read_bytes())
        out = {}
        for split in ["train", "test"]:
            (base / f"cars_{split}").mkdir()
            data = StanfordCars(root, split)
            out[split] = [[f"cars_{split}/{Path(path).name}", int(label)] for path, label in data._samples]
            out["classes"] = data.classes
    out["single"] = {
        split: [[row[0], int(row[5]) - 1] for row in one if row[6] == flag] for split, flag in [("train", 0), ("test", 1)]
    }
    return out


def flowers():
    labels = np.array([[1, 1, 5, 5, 5, 102, 102, 102, 102, 1, 1, 5]], dtype=np.uint8)
    ids = {"trnid": [[6, 1, 3]], "valid": [[7, 10, 4]], "tstid": [[2, 5, 8, 9, 11, 12]]}
    folder = HERE / "flowers"
    mat(folder / "imagelabels.mat", {"labels": labels}, do_compression=True)
    # As the official file has them: numbers of doubles kept as 16 bits.
    mat(folder / "setid.mat", {name: np.array(value, dtype=np.uint16) for name, value in ids.items()}, do_compression=True)
    with tempfile.TemporaryDirectory() as root:
        base = Path(root) / "flowers-102"
        (base / "jpg").mkdir(parents=True)
        for name in ["imagelabels.mat", "setid.mat"]:
            put(base / name, (folder / name).read_bytes())
        Flowers102._check_integrity = lambda self: True  # its checksums are those of the full files
        out = {"classes": Flowers102.classes}
        for split in ["train", "val", "test"]:
            data = Flowers102(root, split)
            out[split] = [[path.name, int(label)] for path, label in zip(data._image_files, data._labels)]
    return out


def dogs():
    breeds = ["n02085620-Chihuahua", "n02085782-Japanese_spaniel", "n02116738-African_hunting_dog"]
    paths = {
        split: [f"{breed}/{breed[:9]}_{10 * i + offset}.jpg" for breed in breeds for i in range(2)]
        for split, offset in [("train", 7), ("test", 3)]
    }
    out = {"classes": [breed[10:].replace("_", " ") for breed in breeds]}
    for split, files in paths.items():
        labels = np.array([[breeds.index(path.split("/")[0]) + 1] for path in files], dtype=np.uint8)
        lists = {
            "file_list": cells(files),
            "annotation_list": cells([path[:-4] for path in files]),
            "labels": labels.astype(np.float64),
        }
        mat(HERE / f"dogs/{split}_list.mat", lists)
        out[split] = [[path, int(label) - 1] for path, (label,) in zip(files, labels)]
    return out


def aircraft():
    levels = {
        "variant": ("variants.txt", ["707-320", "DR-400", "F/A-18", "Cessna 172"]),
        "family": ("families.txt", ["Boeing 707", "DR-400", "F/A-18", "Cessna 172"]),
        "manufacturer": ("manufacturers.txt", ["Boeing", "Cessna", "McDonnell Douglas", "Robin"]),
    }
    maker = {0: 0, 1: 3, 2: 2, 3: 1}
    ids = {"train": ["1025794", "0034309", "2229017", "0056978"], "val": ["0481847", "1340192", "0698580"], "test": ["0062781", "0900000", "1000001"]}
    ids["trainval"] = sorted(ids["train"] + ids["val"])
    label = {one: k % 4 for k, one in enumerate(ids["train"] + ids["val"] + ids["test"])}
    data = HERE / "aircraft/data"
    for level, (name, classes) in levels.items():
        put(data / name, "\n".join(classes) + "\n")
        for split, members in ids.items():
            at = lambda one: maker[label[one]] if level == "manufacturer" else label[one]
            put(data / f"images_{level}_{split}.txt", "".join(f"{one} {classes[at(one)]}\n" for one in members))
    put(data / "images_box.txt", "".join(f"{one} 2 3 6 {5 + label[one]}\n" for one in label))
    out = {}
    with tempfile.TemporaryDirectory() as root:
        link = Path(root) / "fgvc-aircraft-2013b"
        link.symlink_to(HERE / "aircraft")
        for level in levels:
            out[level] = {}
            for split in ids:
                found = FGVCAircraft(root, split, level)
                out[level][split] = [[Path(path).name, label] for path, label in zip(found._image_files, found._labels)]
                out[level]["classes"] = found.classes
    return out


def tarred(files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as out:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            out.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def imagenet():
    # Numbers of ILSVRC are not in the order of the synsets, and two synsets are called crane.
    synsets = [("n02012849", "crane"), ("n01440764", "tench, Tinca tinca"), ("n03126707", "crane"), ("n01443537", "goldfish, Carassius auratus")]
    fields = ["ILSVRC2012_ID", "WNID", "words", "gloss", "num_children", "children", "wordnet_height", "num_train_images"]
    leaf = np.zeros((1, 0))
    rows = [(np.float64(k + 1), wnid, words, "a thing", np.float64(0), leaf, np.float64(0), np.float64(3)) for k, (wnid, words) in enumerate(synsets)]
    rows.append((np.float64(5), "n00001740", "entity", "all", np.float64(2), np.array([[1.0, 2.0]]), np.float64(9), np.float64(0)))
    folder = HERE / "imagenet"
    truth = [3, 1, 4, 2, 2, 1]
    mat(folder / "data/meta.mat", {"synsets": records(fields, rows).reshape(-1, 1)}, do_compression=True)
    put(folder / "data/ILSVRC2012_validation_ground_truth.txt", "".join(f"{one}\n" for one in truth))
    train = {wnid: [f"{wnid}_{n}.JPEG" for n in (10026, 18, 9)] for wnid, _ in synsets}
    val = [f"ILSVRC2012_val_{k + 1:08d}.JPEG" for k in range(len(truth))]
    inner = {f"{wnid}.tar": tarred({name: jpeg() for name in names}) for wnid, names in train.items()}
    devkit = {f"ILSVRC2012_devkit_t12/data/{path.name}": path.read_bytes() for path in (folder / "data").iterdir()}
    packed = {
        "train": tarred(inner),
        "val": tarred({name: jpeg() for name in val}),
        "devkit": tarred(devkit),
    }
    out = {}
    with tempfile.TemporaryDirectory() as root:
        for part, data in packed.items():
            name = imagenet_module.ARCHIVE_META[part][0]
            data = zlib.compress(data, wbits=31) if name.endswith("gz") else data
            imagenet_module.ARCHIVE_META[part] = (name, hashlib.md5(data).hexdigest())
            put(Path(root) / name, data)
        for split in ["train", "val"]:
            found = ImageNet(root, split)
            out[split] = [["/".join(Path(path).parts[-2:]), label] for path, label in found.imgs]
            out["synsets"] = found.wnids
            out["words"] = [", ".join(words) for words in found.classes]
    return out


def swapped(tag, data):
    """An element of a big-endian file."""
    return struct.pack(">II", tag, len(data)) + data.ljust(-(-len(data) // 8) * 8, b"\0")


def big_endian():
    body = swapped(6, struct.pack(">II", 6, 0)) + swapped(5, struct.pack(">ii", 1, 3)) + swapped(1, b"labels")
    numbers = swapped(4, struct.pack(">HHH", 1, 77, 300))
    small = struct.pack(">HH", 4, 1) + b"abcd"  # a name of four bytes lies in its tag
    text = swapped(6, struct.pack(">II", 4, 0)) + swapped(5, struct.pack(">ii", 1, 2)) + small + swapped(17, "né".encode("utf-16-be"))
    head = b"MATLAB 5.0 MAT-file, of another machine".ljust(124) + b"\x01\x00MI"
    packed = zlib.compress(swapped(14, text))
    return head + swapped(14, body + numbers) + struct.pack(">II", 15, len(packed)) + packed


def kinds():
    """Every kind of variable that MATLAB's lists have, and what scipy reads."""
    inner = records(["a", "b"], [(np.int16(-3), "x"), (np.array([[1.5, 2.5], [3.5, 4.5]]), "longer")])
    variables = {
        **{name: np.array([[1, 2], [3, 100]], dtype=name) for name in ["int8", "uint8", "int16", "uint16", "int32", "uint32", "float32", "float64", "int64", "uint64"]},
        "negative": np.array([[-1, -32768, 5]], dtype=np.int16),
        "scalar": np.float64(0.1),
        "text": "Löwenzahn",
        "wide": "日本 🌼",
        "rows": np.array(["cat", "tiger"]),
        "empty": "",
        "none": np.zeros((0, 0)),
        "cells": cells(["a", np.array([[7]]), cells(["b", "c"])]),
        "structs": inner,
        "nested": {"deep": {"deeper": "end"}},
        "flags": np.array([[True, False]]),
        "complex": np.array([[1 + 2j]]),
        "sparse": csc_array(np.eye(3)),
        "cube": np.arange(24, dtype=np.uint8).reshape(2, 3, 4),
        "a_name_of_thirty_one_letters_xx": np.float64(1),
    }
    mat(HERE / "mat/kinds.mat", variables)
    mat(HERE / "mat/compressed.mat", variables, do_compression=True)
    savemat(HERE / "mat/version4.mat", {"labels": np.array([[1.0, 2.0]])}, format="4")
    put(HERE / "mat/version73.mat", b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM" + b"\0" * 384 + b"\x89HDF\r\n\x1a\n")
    put(HERE / "mat/big.mat", big_endian())
    assert loadmat(HERE / "mat/big.mat")["labels"].tolist() == [[1, 77, 300]]
    read = loadmat(HERE / "mat/kinds.mat")
    numeric = [name for name in variables if isinstance(read[name], np.ndarray) and read[name].dtype.kind in "iufb"]
    return {
        "numbers": {name: [list(read[name].shape), [float(v) for v in read[name].flatten(order="F")]] for name in numeric},
        "texts": {name: read[name].tolist() for name in ["text", "wide", "rows", "empty"]},
    }


if __name__ == "__main__":
    (HERE / "mat").mkdir(parents=True, exist_ok=True)
    parts = [cub, cars, flowers, dogs, aircraft, imagenet, kinds]
    write(__file__, {part.__name__: part() for part in parts})
