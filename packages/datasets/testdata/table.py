"""Images with tables as Python's csv and json write them, and what these read back.

Run: python table.py (Pillow). Writes formats/table and table.json beside it.
"""

import csv
import hashlib
import io
import json
from pathlib import Path

from PIL import Image

OUT = Path(__file__).parent / "formats" / "table"
NAMES = ["cat", "dog, small", 'a "tall" giraffe', "zwei\nZeilen", "été", "10"]


def picture(i):
    image = Image.new("RGB", (4, 3))
    image.putdata([((i * 40 + p) % 256, (p * 20) % 256, (i * 7 + p * 3) % 256) for p in range(12)])
    return image


rows = []
for i in range(18):
    split = ["train", "train", "train", "val", "test", "train"][i % 6]
    folder = OUT / "pictures" / split
    folder.mkdir(parents=True, exist_ok=True)
    picture(i).save(folder / f"{i:02},x.png")
    rows.append({"id": i, "file_name": f"{split}/{i:02},x.png", "label": NAMES[(i // 6 + i) % 6], "split": split})


def table(dialect, **options):
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, rows[0].keys(), dialect=dialect, **options)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


(OUT / "labels.csv").write_bytes(table("excel", lineterminator="\n").encode())
golden = {"rows": list(csv.DictReader(io.StringIO(table("excel"))))}
for row in golden["rows"]:
    pixels = Image.open(OUT / "pictures" / row["file_name"]).convert("RGB").tobytes()
    row["sha256"] = hashlib.sha256(pixels).hexdigest()
# Other ways to write the same, which lie in the JSON: a checkout may change the ends of lines in files of text.
golden["forms"] = {
    "crlf.csv": table("excel"),
    "semicolons.csv": table("excel", delimiter=";", quoting=csv.QUOTE_ALL),
    "tabs.tsv": table("excel-tab"),
    "bom.csv": "\ufeff" + table("unix"),
    "lines.jsonl": "".join(json.dumps(row) + "\n" for row in rows),
    "unicode.ndjson": "\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows),
}
Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
