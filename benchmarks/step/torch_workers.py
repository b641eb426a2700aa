"""The step of `torch_step.py` by one of several processes: DistributedDataParallel over gloo, all embeddings gathered."""

import os

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch.distributed.nn.functional import all_gather
from torch.nn.parallel import DistributedDataParallel

from torch_networks import sup_con
from torch_training import Trainer, answer_lines, arguments, timed


def gathered(x, views=1):
    """The rows of all processes [V * B, ...] of one process's [V * b, ...], views stacked, first view first."""
    parts = [part.unflatten(0, (views, -1)) for part in all_gather(x.contiguous())]
    return torch.cat(parts, dim=1).flatten(0, 1)


class Worker(Trainer):
    def __init__(self, options):
        super().__init__(options)
        self.forward = DistributedDataParallel(self.network)

    def step(self, views, labels):
        """One step on this process's views [2, b, 3, H, W] of images of these classes [b]; gives its loss."""
        x = (views.flatten(0, 1).float() - 127.5) / 63.75
        if self.channels_last:
            x = x.contiguous(memory_format=torch.channels_last)
        logits, embeddings = self.forward(x)
        loss = F.cross_entropy(logits[: len(labels)], labels)
        everyone = gathered(labels)
        for z in embeddings:
            loss = loss + 0.1 * sup_con(gathered(z, views=2), everyone)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return loss.item()


def main():
    options = arguments().parse_args()
    dist.init_process_group("gloo")  # RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT say who takes part
    trainer = Worker(options)
    generator = torch.Generator().manual_seed(1)
    shape = (options.batch, 3, options.size, options.size)
    images = torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8)
    labels = torch.arange(options.batch) * 7 % options.classes
    each = options.batch // dist.get_world_size()
    own = slice(dist.get_rank() * each, (dist.get_rank() + 1) * each)
    views = torch.stack([images[own], images[own]])

    def step():
        times, loss = timed(lambda: trainer.step(views, labels[own]))
        return {**times, "loss": loss}

    answer_lines(torch.__version__, trainer.parameters, step)
    os._exit(0)  # gloo's threads have nothing to say any more


if __name__ == "__main__":
    main()
