"""Training from image files to updated weights in PyTorch, with a DataLoader's processes, as its users do it.

A `step` is a turn of several; the first few are not counted: their batches were read while others had their turn.
"""

import io
import pathlib
import tarfile
import time

import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

from torch_training import Trainer, answer_lines, arguments, timed

KINDS = (".jpg", ".jpeg", ".png", ".webp")


class Files(Dataset):
    """Images in class folders, in a folder or a tar, in two views: crops of the padded image, flipped or not."""

    def __init__(self, root, size):
        self.root, self.size, self.handle = pathlib.Path(root), size, None
        if self.root.is_dir():
            paths = sorted(p for p in self.root.rglob("*") if p.suffix.lower() in KINDS)
            self.files = [(p, None, None, p.parent.name) for p in paths]
        else:
            with tarfile.open(root) as tar:
                members = [m for m in tar if m.name.lower().endswith(KINDS)]
            self.files = [(None, m.offset_data, m.size, pathlib.PurePath(m.name).parent.name) for m in members]
        names = sorted({name for *_, name in self.files})
        self.classes = {name: i for i, name in enumerate(names)}

    def __len__(self):
        return len(self.files)

    def encoded(self, path, offset, length):
        if path is not None:
            return path.read_bytes()
        self.handle = self.handle or open(self.root, "rb")  # one for each process
        self.handle.seek(offset)
        return self.handle.read(length)

    def view(self, image):
        """A crop of the image padded by four black pixels, flipped in half of the cases."""
        top, left = torch.randint(0, 9, (2,)).tolist()
        padded = torch.nn.functional.pad(image, (4, 4, 4, 4))
        crop = padded[:, top : top + self.size, left : left + self.size]
        return crop.flip(2) if torch.rand(()) < 0.5 else crop

    def __getitem__(self, index):
        path, offset, length, name = self.files[index]
        image = Image.open(io.BytesIO(self.encoded(path, offset, length))).convert("RGB")
        if image.size != (self.size, self.size):
            scale = self.size / min(image.size)
            image = image.resize([max(self.size, round(side * scale)) for side in image.size], Image.BILINEAR)
            left, top = ((side - self.size) // 2 for side in image.size)
            image = image.crop((left, top, left + self.size, top + self.size))
        pixels = torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8)
        pixels = pixels.view(self.size, self.size, 3).permute(2, 0, 1)
        return torch.stack([self.view(pixels), self.view(pixels)]), self.classes[name]


def endless(loader):
    while True:
        yield from loader


def main():
    parser = arguments()
    parser.add_argument("--files", required=True)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--skip", type=int, default=4)
    options = parser.parse_args()
    files = Files(options.files, options.size)
    options.classes = len(files.classes)
    trainer = Trainer(options)
    keep = {"persistent_workers": True} if options.workers > 0 else {}
    loader = DataLoader(files, options.batch, shuffle=True, drop_last=True, num_workers=options.workers, **keep)
    batches = endless(loader)
    waited = 0.0

    def one():
        nonlocal waited
        started = time.perf_counter()
        images, labels = next(batches)
        waited += 1e3 * (time.perf_counter() - started)
        return trainer.step(images.transpose(0, 1), labels)

    def turn():
        nonlocal waited
        for _ in range(options.skip):
            one()
        waited = 0.0
        times, losses = timed(lambda: [one() for _ in range(options.steps)])
        waiting = waited / times["wall"]
        return {**{k: v / options.steps for k, v in times.items()}, "loss": losses[-1], "waiting": waiting}

    ready = f"{torch.__version__}, {len(files)} files, {options.workers} loader processes"
    answer_lines(ready, trainer.parameters, turn)


if __name__ == "__main__":
    main()
