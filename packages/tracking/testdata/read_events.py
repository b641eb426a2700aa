"""What TensorBoard itself reads in a folder of event files, as JSON: `python read_events.py <folder>`. Needs tensorboard."""

import json
import sys
from pathlib import Path

from google.protobuf import text_format
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig

folder = Path(sys.argv[1])
read = EventAccumulator(str(folder), size_guidance={"scalars": 0, "images": 0, "histograms": 0})
read.Reload()
tags = read.Tags()
config = text_format.Parse((folder / "projector_config.pbtxt").read_text(), ProjectorConfig())


def told(histogram):
    widths = [b - a for a, b in zip(histogram.bucket_limit, histogram.bucket_limit[1:])]
    assert len(histogram.bucket) == len(histogram.bucket_limit) and min(widths) > 0
    return [histogram.min, histogram.max, histogram.num, sum(histogram.bucket)]


print(
    json.dumps(
        {
            "scalars": {tag: [[e.step, e.value] for e in read.Scalars(tag)] for tag in tags["scalars"]},
            "images": {tag: [[e.step, e.width, e.height] for e in read.Images(tag)] for tag in tags["images"]},
            "histograms": {tag: [[e.step, *told(e.histogram_value)] for e in read.Histograms(tag)] for tag in tags["histograms"]},
            "projector": {e.tensor_name: (folder / e.tensor_path).exists() and (folder / e.sprite.image_path).exists() for e in config.embeddings},
        }
    )
)
