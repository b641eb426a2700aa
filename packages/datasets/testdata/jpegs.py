"""JPEGs of kinds that sharp does not write, and the pixels that Pillow (libjpeg-turbo) decodes from them.

Run: python jpegs.py (Pillow 11 or later). Writes jpegs.json beside it.
"""

import base64
import io
import json
from pathlib import Path

import numpy as np
from PIL import Image

y, x = np.mgrid[0:20, 0:28]
picture = np.stack([(x * 9) % 256, (y * 12) % 256, ((x + y) * 7) % 256], -1).astype("uint8")


def case(image, **options):
    encoded = io.BytesIO()
    Image.fromarray(image).save(encoded, "JPEG", quality=70, **options)
    pixels = np.asarray(Image.open(encoded).convert("RGB"))
    text = [base64.b64encode(part).decode() for part in (encoded.getvalue(), pixels.tobytes())]
    return {"file": text[0], "shape": list(pixels.shape), "pixels": text[1]}


cases = {
    "4:2:2": case(picture, subsampling="4:2:2"),
    "4:2:2, two samples of chroma": case(picture[:, :3], subsampling="4:2:2"),
    "restart markers": case(picture, restart_marker_blocks=1),
    "restart markers, every other unit, 4:4:4": case(picture, restart_marker_blocks=2, subsampling="4:4:4"),
}
path = Path(__file__).with_suffix(".json")
path.write_text(json.dumps(cases, indent=1) + "\n")
print(f"{path.name}: {len(cases)} files, {path.stat().st_size} bytes")
