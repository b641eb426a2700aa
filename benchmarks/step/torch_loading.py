"""Loading as PyTorch's users do it, for `loading.ts`: torchvision's ImageFolder, or webdataset's shards, through a
DataLoader's processes: resized, cropped and flipped, as normalised float32 batches. A `step` is a turn of several batches.
"""

import argparse
import glob
import resource
import time

import torch
from torchvision import datasets, transforms

from torch_training import answer_lines


SKIP = 6  # batches that were read while others had their turn: two a loader, and those in hand


def cpu_of_all():
    """CPU seconds of this process and its loaders: those still run, so their own times are read."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    total = own.ru_utime + own.ru_stime
    for child in glob.glob("/proc/self/task/*/children"):
        for pid in open(child).read().split():
            try:
                fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
                total += (int(fields[11]) + int(fields[12])) / 100
            except OSError:
                pass
    return total


def endless(loader):
    while True:
        yield from loader


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kind", choices=["folder", "shards"], required=True)
    parser.add_argument("--files", required=True)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--batches", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(1)
    transform = transforms.Compose(
        [
            transforms.Resize(options.size),
            transforms.CenterCrop(options.size),
            transforms.RandomCrop(options.size, padding=4),
            transforms.RandomHorizontalFlip(),
            transforms.ToTensor(),
            transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
        ]
    )
    keep = {"persistent_workers": True} if options.workers > 0 else {}
    if options.kind == "folder":
        files = datasets.ImageFolder(options.files, transform)
        loader = torch.utils.data.DataLoader(
            files, options.batch, shuffle=True, drop_last=True, num_workers=options.workers, **keep
        )
        what = f"{len(files)} files"
    else:
        import webdataset as wds

        names = sorted(glob.glob(f"{options.files}/*.tar"))
        shards = (
            wds.WebDataset(names, shardshuffle=len(names), empty_check=False)
            .shuffle(1000)
            .decode("pil")
            .to_tuple("jpg", "cls")
            .map_tuple(transform, int)
            .batched(options.batch, partial=False)
        )
        loader = torch.utils.data.DataLoader(shards, batch_size=None, num_workers=options.workers, **keep)
        what = f"{len(names)} shards"
    batches = endless(loader)

    def turn():
        for _ in range(SKIP):
            next(batches)
        wall, cpu = time.perf_counter(), cpu_of_all()
        for _ in range(options.batches):
            next(batches)
        wall, cpu = time.perf_counter() - wall, cpu_of_all() - cpu
        return {"wall": 1e3 * wall / options.batches, "cpu": 1e3 * cpu / options.batches, "loss": 0}

    answer_lines(f"{torch.__version__}, {what}, {options.workers} loader processes", 0, turn)


if __name__ == "__main__":
    main()
