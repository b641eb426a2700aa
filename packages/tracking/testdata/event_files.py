"""Event files by TensorBoard itself, and what its reader makes of ours.

    python event_files.py write golden.tfevents     the file that our writer must equal, byte for byte
    python event_files.py read <folder>             scalars, images, histograms and the projector that TensorBoard sees in a folder, as JSON
"""

import json
import struct
import sys
import zlib
from pathlib import Path

from google.protobuf import text_format
from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.plugins.projector import ProjectorConfig
from tensorboard.summary.writer.record_writer import RecordWriter
from tensorboard.util.tensor_util import make_ndarray


def png(width, height, rgb):
    rows = b"".join(b"\0" + rgb * width for _ in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def events():
    yield Event(wall_time=1700000000.25, file_version="brain.Event:2")
    yield Event(wall_time=1700000000.5, step=0, session_log=SessionLog(status=SessionLog.START))
    for step, loss in [(0, 2.5), (1, 1.25), (300, 0.1), (3_000_000_000, 1e-30)]:
        event = Event(wall_time=1700000001.0 + step, step=step)
        event.summary.value.add(tag="loss/total", simple_value=loss)
        event.summary.value.add(tag="loss/täglich ≥ 0", simple_value=-loss)
        yield event
    event = Event(wall_time=1700000002.0, step=7)
    image = event.summary.value.add(tag="views").image
    image.height, image.width, image.colorspace = 2, 3, 3
    image.encoded_image_string = png(3, 2, b"\x10\x80\xf0")
    yield event
    event = Event(wall_time=1700000003.0, step=8)
    histogram = event.summary.value.add(tag="weights/stem").histo
    histogram.min, histogram.max, histogram.num = -1.5, 2.5, 6
    histogram.sum, histogram.sum_squares = 1.25, 9.5
    histogram.bucket_limit.extend([-0.5, 0.5, 2.5])
    histogram.bucket.extend([1, 2, 3])
    yield event


def write(path):
    with open(path, "wb") as file:
        writer = RecordWriter(file)
        for event in events():
            writer.write(event.SerializeToString())
        writer.flush()


def projected(folder):
    """What the projector's own reader makes of its config, with sizes of the files that it names."""
    path = Path(folder) / "projector_config.pbtxt"
    if not path.exists():
        return []
    config = text_format.Parse(path.read_text(), ProjectorConfig())
    out = []
    for one in config.embeddings:
        rows = (Path(folder) / one.tensor_path).read_text().splitlines()
        labels = (Path(folder) / one.metadata_path).read_text().splitlines() if one.metadata_path else []
        sprite = (Path(folder) / one.sprite.image_path).read_bytes()
        size = list(struct.unpack(">II", sprite[16:24]))
        shape = [len(rows), len(rows[0].split("\t"))]
        out.append([one.tensor_name, shape, labels, size, list(one.sprite.single_image_dim)])
    return out


def read(folder):
    seen = EventAccumulator(folder, size_guidance={"tensors": 0})
    seen.Reload()
    out = {}
    for tag in seen.Tags()["tensors"]:
        points = []
        for event in seen.Tensors(tag):
            value = make_ndarray(event.tensor_proto)
            if value.ndim == 0:
                points.append([event.step, float(value)])
            elif value.dtype.kind == "f":
                points.append([event.step, value.tolist()])  # a histogram: [from, to, count] of each bin
            else:
                points.append([event.step, [len(v) for v in value.tolist()]])
        out[tag] = points
    out["projector"] = projected(folder)
    print(json.dumps(out, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    {"write": write, "read": read}[sys.argv[1]](sys.argv[2])
