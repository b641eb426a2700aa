"""Makes `keras/model.json` and its weights: a small Keras 3 model, saved as .h5 and converted.

    python3 -m venv venv && venv/bin/pip install tensorflowjs keras
    venv/bin/python make.py
    venv/bin/tensorflowjs_converter --input_format=keras model.h5 keras
"""

import keras
from keras import layers


def block(x, filters, strides, name):
    y = layers.SeparableConv2D(filters, 3, strides=strides, padding="same", use_bias=False, name=f"{name}_conv")(x)
    y = layers.BatchNormalization(name=f"{name}_norm")(y)
    y = layers.Activation("relu", name=f"{name}_relu")(y)
    if strides == 1 and x.shape[-1] == filters:
        return layers.Add(name=f"{name}_out")([x, y])
    return y


keras.utils.set_random_seed(0)
images = keras.Input((32, 32, 3), name="images")
x = layers.Conv2D(16, 3, padding="same", activation="relu", name="stem")(images)
x = block(x, 16, 1, "stage1")
x = block(x, 32, 2, "stage2")
x = block(x, 64, 2, "stage3")
x = layers.GlobalAveragePooling2D(name="pool")(x)
x = layers.Dropout(0.1, name="dropout")(x)
logits = layers.Dense(9, activation="softmax", name="predictions")(x)
keras.Model(images, logits, name="small").save("model.h5")
