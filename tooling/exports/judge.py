"""Loads every export of a folder in Python: onnx's checker and onnxruntime, TensorFlow's SavedModel. `npm run check:exports` calls it."""

import json
import os
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import onnx
import onnxruntime
import tensorflow as tf

folder = Path(sys.argv[1])
shape = json.loads((folder / "pixels.json").read_text())
pixels = np.fromfile(folder / "pixels.f32", dtype=np.float32).reshape(shape)


def in_onnxruntime(file):
    onnx.checker.check_model(onnx.load(file), full_check=True)
    session = onnxruntime.InferenceSession(str(file))
    (given,) = session.get_inputs()
    first = given.shape[1] == 3 and given.shape[3] != 3
    fed = pixels.transpose(0, 3, 1, 2) if first else pixels
    return session.run(None, {given.name: fed})[0]


def in_tensorflow(model):
    loaded = tf.saved_model.load(str(model))
    return next(iter(loaded.signatures["serving_default"](pixels=tf.constant(pixels)).values())).numpy()


found = {}
for model in sorted(path for path in folder.iterdir() if path.is_dir()):
    if (model / "model.onnx").exists():
        found[model.name] = in_onnxruntime(model / "model.onnx")
    if (model / "saved_model.pb").exists():
        found[model.name] = in_tensorflow(model)
reference = found["onnx-float32"]
print(f"onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}, TensorFlow {tf.__version__}; {shape[0]} images")
for name, value in found.items():
    apart = float(np.abs(value - reference).max())
    print(f"{name}: shape {value.shape}, largest difference to onnx-float32 {apart:.1e}")
    if "16" not in name and "int8" not in name and apart > 1e-4:
        sys.exit(f"{name} differs by {apart}")
