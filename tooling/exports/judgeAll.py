"""Runs every export of a folder in Python: onnx's checker and onnxruntime, TensorFlow's SavedModel. `npm run check:exports:all` calls it.

A network's folder holds `wanted.json`, the images `pixels.f32`, what the network gives of them, and a folder for each format.
"""

import json
import os
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import onnx
import onnxruntime
import tensorflow as tf

WITHIN = 1e-4


def array(file, shape):
    return np.fromfile(file, dtype=np.float32).reshape(shape)


def in_onnxruntime(folder, pixels):
    file = folder / "model.onnx"
    onnx.checker.check_model(onnx.load(file), full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    (given,) = session.get_inputs()
    first = given.shape[1] == 3 and given.shape[3] != 3
    fed = pixels.transpose(0, 3, 1, 2) if first else pixels
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, {given.name: fed})))


def in_tensorflow(folder, pixels):
    run = tf.saved_model.load(str(folder)).signatures["serving_default"]
    (taken,) = run.structured_input_signature[1].values()
    batch = taken.shape[0] or len(pixels)
    parts = [run(pixels=tf.constant(pixels[i : i + batch])) for i in range(0, len(pixels), batch)]
    return {name: np.concatenate([part[name].numpy() for part in parts]) for name in parts[0]}


RUNTIMES = {"onnx": in_onnxruntime, "onnx-nchw": in_onnxruntime, "saved-model": in_tensorflow}


def apart(found, wanted):
    """The largest difference of any output, as a share of its largest number, or of 1."""
    if found.keys() != wanted.keys():
        return float("inf")
    return max(float(np.abs(found[k] - v).max()) / max(1, float(np.abs(v).max())) for k, v in wanted.items())


wrong = 0
print(f"onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}, TensorFlow {tf.__version__}: {', '.join(RUNTIMES)}")
for file in sorted(Path(sys.argv[1]).glob("*/wanted.json")):
    folder, told = file.parent, json.loads(file.read_text())
    pixels = array(folder / "pixels.f32", told["pixels"])
    wanted = {name: array(folder / f"{name}.f32", shape) for name, shape in told["outputs"].items()}
    row = [apart(run(folder / name, pixels), wanted) for name, run in RUNTIMES.items()]
    wrong += sum(not value <= WITHIN for value in row)
    print(" | ".join([f"| {folder.name}", *(f"{value:.1e}" for value in row)]) + " |")
if wrong:
    sys.exit(f"{wrong} files are wrong.")
