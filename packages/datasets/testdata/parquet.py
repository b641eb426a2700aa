"""Small Parquet files of images as Hugging Face's library writes them, and what pyarrow and Pillow read from them.

Run: python parquet.py (pyarrow, Pillow). Writes formats/parquet and parquet.json beside it.
"""

import hashlib
import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

OUT = Path(__file__).parent / "formats" / "parquet"
CLASSES = ["cat", "dog", "été", "10"]


def picture(i):
    image = Image.new("RGB", (4, 3))
    image.putdata([((i * 40 + p) % 256, (p * 20) % 256, (i * 7 + p * 3) % 256) for p in range(12)])
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def features(label):
    """What datasets.Features writes into the schema."""
    said = {"image": {"_type": "Image"}, "label": label}
    return {"huggingface": json.dumps({"info": {"features": said}})}


LABEL = {"names": CLASSES, "_type": "ClassLabel"}


def table(first, count, label=None, metadata=features(LABEL), kind=pa.int64()):
    image = pa.array([{"bytes": picture(i), "path": f"{i}.png"} for i in range(first, first + count)], pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
    labels = pa.array([(label or (lambda i: (i * 3) % 4))(i) for i in range(first, first + count)], kind)
    made = pa.table({"image": image, "label": labels})
    return made.replace_schema_metadata(metadata)


def write(path, made, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(made, path, **{"row_group_size": 5, "data_page_size": 200, "write_batch_size": 2, **options})


def read(paths):
    """Labels, and a hash of all pixels."""
    made = pa.concat_tables([pq.read_table(path) for path in paths])
    pixels = b"".join(Image.open(io.BytesIO(one["bytes"])).convert("RGB").tobytes() for one in made["image"].to_pylist())
    return {"labels": made["label"].to_pylist(), "sha256": hashlib.sha256(pixels).hexdigest()}


golden = {"source": f"pyarrow {pa.__version__}", "classes": CLASSES}
hub = OUT / "hub" / "data"
train = [hub / f"train-0000{i}-of-00002.parquet" for i in range(2)]
write(train[0], table(0, 12))
write(train[1], table(12, 7))
write(hub / "validation-00000-of-00001-0123456789abcdef.parquet", table(30, 4))
write(hub / "test-00000-of-00001.parquet", table(40, 6))
golden["hub"] = {
    "train": read(train),
    "validation": read([hub / "validation-00000-of-00001-0123456789abcdef.parquet"]),
    "test": read([hub / "test-00000-of-00001.parquet"]),
}

# Every way in which pages are written, of the same rows.
FORMS = {
    **{codec.lower(): {"compression": codec} for codec in ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]},
    "second-version": {"data_page_version": "2.0", "version": "2.6"},
    "second-version-plain": {"data_page_version": "2.0", "compression": "none"},
    "no-dictionary": {"use_dictionary": False},
    "delta": {"use_dictionary": False, "column_encoding": {"image.bytes": "DELTA_LENGTH_BYTE_ARRAY", "label": "DELTA_BINARY_PACKED"}},
    "one-group": {"row_group_size": 100, "data_page_size": 2**20, "write_batch_size": 1024},
    "with-index": {"write_page_index": True, "write_statistics": True},
}
for name, options in FORMS.items():
    write(OUT / "forms" / f"{name}.parquet", table(0, 12), **options)
golden["forms"] = {"names": list(FORMS), **read([OUT / "forms" / "snappy.parquet"])}

# Labels of other kinds: texts, lists, none; an image without bytes.
write(OUT / "texts.parquet", table(0, 6, lambda i: ["x", "y", "z"][i % 3], None, pa.string()))
several = [[0, 2], [], [3], [1, 2, 3], [0], [2]]
write(OUT / "lists.parquet", table(0, 6, lambda i: several[i], features({"feature": LABEL, "_type": "Sequence"}), pa.list_(pa.int64())))
golden["lists"] = several
write(OUT / "no-label.parquet", table(0, 4, lambda i: None if i == 2 else 0))
write(OUT / "minus.parquet", table(0, 4, lambda i: -1))
plain = table(0, 4)
bare = pa.table({"jpg": pa.array([row["bytes"] for row in plain["image"].to_pylist()], pa.binary()), "cls": pa.array([5, 7, 5, 7], pa.int32())})
write(OUT / "bare.parquet", bare)
empty = pa.array([{"bytes": None, "path": "a.png"}] + plain["image"].to_pylist()[1:], pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
write(OUT / "no-bytes.parquet", plain.set_column(0, "image", empty))

Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
