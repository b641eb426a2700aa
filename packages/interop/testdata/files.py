"""Writes the files that the reader's tests use: `python files.py` (torch, torchvision, safetensors).

`python files.py torch` writes those of `torch_files` alone; `python files.py check FILE` loads a safetensors file that we wrote into the same network, strictly, and compares logits.
"""
import argparse
import collections
import dataclasses
import datetime
import decimal
import enum
import functools
import io
import json
import pathlib
import pickle
import random
import sys
import types
import uuid
import warnings
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torchvision.models import resnet

HERE = Path(__file__).parent


def save_module(module, path, **options):
    """Saves a module whole, and with its source as old files have it, but without the path that this machine keeps it at."""
    source = torch.serialization.get_source_lines_and_file
    with mock.patch.object(torch.serialization, 'get_source_lines_and_file', lambda obj: (*source(obj)[:2], 'linear.py')):
        torch.save(module, path, **options)


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
    torch_files()


@dataclasses.dataclass
class State:
    epoch: int
    network: dict


class Colour(enum.Enum):
    RED = 1


class Row(NamedTuple):
    name: str
    value: object


class Attributes(dict):
    """A dictionary with attributes, as configuration libraries make them."""

    def __init__(self, *args):
        super().__init__(*args)
        self.__dict__['frozen'] = True


def harmless():
    """What people keep beside their tensors."""
    return {
        'namespace': argparse.Namespace(batch=256), 'scalar': np.float64(71.25), 'array': np.arange(3), 'device': torch.device('cpu'), 'dtype': torch.float32,
        'size': torch.Size([2, 3]), 'set': {1, 2}, 'frozen': frozenset({3}), 'ordered': OrderedDict(a=1), 'default': collections.defaultdict(list, a=[1]),
        'counter': collections.Counter('aab'), 'deque': collections.deque([1]), 'dataclass': State(3, {}), 'enum': Colour.RED, 'partial': functools.partial(print, 1),
        'time': datetime.datetime(2026, 1, 2), 'path': pathlib.PurePosixPath('a/b'), 'complex': 1 + 2j, 'slice': slice(1, 2), 'range': range(3), 'bytes': b'abc',
        'bytearray': bytearray(b'abc'), 'decimal': decimal.Decimal('1.5'), 'uuid': uuid.UUID(int=1), 'simple': types.SimpleNamespace(a=1), 'none': None, 'bool': True,
        'long': 2**100, 'negative': -(2**40), 'function': len, 'class': State, 'random': random.Random(1).getstate(), 'named': Row('a', 1), 'attributes': Attributes([('a', 1)]),
        'generator': np.random.default_rng(1), 'optimizer': {'state': {0: {'step': torch.tensor(1.0)}}, 'param_groups': [{'lr': 0.1, 'betas': (0.9, 0.999)}]},
        ('a', 1): 'a key that is no text', 'nested': [[{'deep': (argparse.Namespace(a=[1]),)}]],
    }


def torch_files():
    """Files that hold tensors in other ways than a plain dictionary of them."""
    a = torch.arange(4.0)
    torch.save({'weights': {'a': a}, **harmless()}, HERE / 'harmless.pt')
    for protocol in (1, 5):
        torch.save({'weights': {'a': a}, **harmless()}, HERE / f'harmless{protocol}.pt', pickle_protocol=protocol)
    torch.save({'a': a, 'wide': torch.tensor([2**40])}, HERE / 'wide.pt')
    save_file({'a': a, 'wide': torch.tensor([2**40]), 'small': a.to(torch.float8_e4m3fn)}, HERE / 'wide.safetensors')
    odd = {'a': a, 'complex': torch.complex(a, a), 'sparse': a.reshape(2, 2).to_sparse(), 'small': a.to(torch.float8_e5m2), 'meta': torch.zeros(2, device='meta')}
    torch.save(odd, HERE / 'odd.pt')
    state = State(3, {'a': a, 'more': Attributes([('b', a)])})
    torch.save({'state': state, 'row': Row('a', a), 'held': types.SimpleNamespace(mean=a)}, HERE / 'objects.pt')
    net = nn.Sequential(OrderedDict(conv=nn.Conv2d(1, 2, 1), norm=nn.BatchNorm2d(2), rest=nn.Sequential(nn.Linear(2, 2))))
    net.register_buffer('gone', torch.ones(1), persistent=False)
    torch.save({'net': nn.DataParallel(net), 'epoch': 3}, HERE / 'whole.pt')
    old = {'_use_new_zipfile_serialization': False}
    base = torch.arange(12.0).reshape(3, 4)
    kinds = {'view': base.t(), 'slice': base[1:, 1:3], 'half': base.half(), 'long': torch.tensor([-1, 2]), 'bool': torch.tensor([True]), 'tied': base, 'odd': torch.complex(a, a)}
    torch.save({'epoch': 3, 'state_dict': kinds, 'args': argparse.Namespace(a=1)}, HERE / 'old-kinds.pth', **old)
    save_module(nn.Linear(2, 2), HERE / 'old-module.pth', **old)
    (HERE / 'plain.pkl').write_bytes(pickle.dumps({'a': [1.0, 2.0]}))
    np.savez(HERE / 'arrays.npz', a=np.arange(3.0))


def check(path):
    net = Tiny().eval()
    net.load_state_dict(load_file(path), strict=True)
    with torch.no_grad():
        logits = net(images()).flatten()
    expected = torch.tensor(json.loads((HERE / 'tiny.json').read_text())['logits'])
    print(f'largest difference {(logits - expected).abs().max().item():.2e}')
    assert torch.allclose(logits, expected, atol=1e-6)


{'check': lambda: check(sys.argv[2]), 'torch': torch_files}.get(''.join(sys.argv[1:2]), main)()
