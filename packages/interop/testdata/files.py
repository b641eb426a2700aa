"""Writes the files that the reader's tests use: `python files.py` (torch, torchvision, safetensors).

`python files.py check FILE` loads a safetensors file that we wrote into the same network, strictly, and compares logits.
"""
import io
import json
import pickle
import sys
import zipfile
from collections import OrderedDict
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torchvision.models import resnet

HERE = Path(__file__).parent


class Tiny(resnet.ResNet):
    """torchvision's ResNet-18 with 4 planes in the first stage, one block a stage and the CIFAR stem."""

    def __init__(self):
        super().__init__(resnet.BasicBlock, [1, 1, 1, 1])
        self.conv1, self.bn1 = nn.Conv2d(3, 4, 3, 1, 1, bias=False), nn.BatchNorm2d(4)
        self.maxpool, self.fc = nn.Identity(), nn.Linear(32, 7)

    def _make_layer(self, block, planes, *args, **more):
        if not hasattr(self, 'layer1'):
            self.inplanes = planes // 16
        return super()._make_layer(block, planes // 16, *args, **more)


def images():
    i = torch.arange(2 * 3 * 16 * 16, dtype=torch.float32)
    return torch.sin(i * 0.7).reshape(2, 3, 16, 16)


def network():
    torch.manual_seed(1)
    net = Tiny()
    for m in net.modules():
        if isinstance(m, nn.BatchNorm2d):
            nn.init.uniform_(m.running_mean, -0.2, 0.2)
            nn.init.uniform_(m.running_var, 0.5, 1.5)
            nn.init.uniform_(m.weight, 0.5, 1.5)
            nn.init.uniform_(m.bias, -0.2, 0.2)
    return net.eval()


class Evil:
    def __reduce__(self):
        import os

        return os.system, ('echo unsafe',)


def rezipped(source, change=None, extra=None, compress=zipfile.ZIP_STORED):
    out = io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(out, 'w', compress) as new:
        for info in old.infolist():
            data = old.read(info.filename)
            new.writestr(info.filename, change(data) if change and info.filename.endswith('data.pkl') else data)
        for name, data in extra or []:
            new.writestr(name, data)
    return out.getvalue()


def main():
    net = network()
    with torch.no_grad():
        logits = net(images()).flatten().tolist()
    (HERE / 'tiny.json').write_text(json.dumps({'logits': logits}))
    state = net.state_dict()
    wrapped = OrderedDict((f'module.{k}', v) for k, v in state.items())
    torch.save({'epoch': 12, 'arch': 'tiny', 'state_dict': wrapped, 'best': 0.25}, HERE / 'tiny.pth')
    save_file(state, HERE / 'tiny.safetensors', {'format': 'pt'})

    base = torch.arange(12.0).reshape(3, 4)
    kinds = {
        'transposed': base.t(), 'slice': base[1:, 1:3], 'expanded': torch.tensor([[1.0], [2.0]]).expand(2, 3), 'tied': base, 'half': base.half(),
        'bfloat16': base.bfloat16(), 'double': base.double(), 'long': torch.tensor([-1, 2]), 'bool': torch.tensor([True, False]),
        'uint8': torch.tensor([0, 255], dtype=torch.uint8), 'scalar': torch.tensor(5.0), 'empty': torch.zeros(0, 3),
        'parameter': nn.Parameter(torch.ones(2)), 'list': [torch.zeros(1), {'deep': torch.ones(1)}],
    }
    torch.save(kinds, HERE / 'kinds.pt')
    torch.save({'a': torch.arange(4.0)}, HERE / 'old.pth', _use_new_zipfile_serialization=False)
    torch.save({'weights': torch.ones(2), 'evil': Evil()}, HERE / 'evil.pt')
    torch.save(nn.Linear(2, 2), HERE / 'module.pt')
    torch.jit.script(nn.Linear(2, 2)).save(str(HERE / 'script.pt'))
    small = io.BytesIO()
    torch.save({'a': torch.arange(4.0)}, small)
    (HERE / 'compressed.pt').write_bytes(rezipped(small, compress=zipfile.ZIP_DEFLATED))
    (HERE / 'climbing.pt').write_bytes(rezipped(small, extra=[('../outside', b'x')]))
    # A shape of a billion elements over four numbers: 4 in the pickle's size becomes a 32-bit number.
    billion = pickle.dumps(10**9, 2)[2:-1]
    huge = lambda data: data.replace(b'K\x00K\x04\x85', b'K\x00' + billion + b'\x85')
    (HERE / 'billion.pt').write_bytes(rezipped(small, huge))


def check(path):
    net = Tiny().eval()
    net.load_state_dict(load_file(path), strict=True)
    with torch.no_grad():
        logits = net(images()).flatten()
    expected = torch.tensor(json.loads((HERE / 'tiny.json').read_text())['logits'])
    print(f'largest difference {(logits - expected).abs().max().item():.2e}')
    assert torch.allclose(logits, expected, atol=1e-6)


check(sys.argv[2]) if sys.argv[1:2] == ['check'] else main()
