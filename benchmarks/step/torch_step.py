"""The step of contrastive deep supervision in PyTorch on images in memory: what `understory` is compared with."""

import torch

from torch_training import Trainer, answer_lines, arguments, timed


def main():
    options = arguments().parse_args()
    trainer = Trainer(options)
    generator = torch.Generator().manual_seed(1)
    shape = (options.batch, 3, options.size, options.size)
    images = torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8)
    labels = torch.arange(options.batch) * 7 % options.classes
    views = torch.stack([images, images])

    def step():
        times, loss = timed(lambda: trainer.step(views, labels))
        return {**times, "loss": loss}

    answer_lines(torch.__version__, trainer.parameters, step)


if __name__ == "__main__":
    main()
