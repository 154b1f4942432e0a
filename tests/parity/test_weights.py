"""Weights files: what the program writes loads in PyTorch, and formats convert into each other without loss."""

import pathlib
import tempfile
import unittest

import program
import safetensors
import torch
from networks import Network, random_state


class ConvertTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.network = Network("mobilenet_v3_small", num_classes=5)
        self.module = self.network.build()
        self.state = random_state(self.module, 64, seed=21)

    def check_same(self, tensors):
        self.module.load_state_dict(tensors)  # strict: every name, no other
        self.assertEqual(tensors.keys(), self.state.keys())
        for name, tensor in self.state.items():
            self.assertEqual(tensors[name].dtype, tensor.dtype, name)
            self.assertTrue(torch.equal(tensors[name], tensor), name)

    def test_checkpoint_to_safetensors(self):
        torch.save(self.state, self.folder / "in.pth")
        program.run("convert", self.folder / "in.pth", self.folder / "out.safetensors", *self.network.flags())
        self.check_same(safetensors.load(self.folder / "out.safetensors")[0])

    def test_safetensors_to_checkpoint(self):
        safetensors.save(self.folder / "in.safetensors", self.state)
        program.run("convert", self.folder / "in.safetensors", self.folder / "out.pth", *self.network.flags())
        self.check_same(dict(torch.load(self.folder / "out.pth")))

    def test_old_checkpoint_to_safetensors(self):
        torch.save(self.state, self.folder / "in.pth", _use_new_zipfile_serialization=False)
        program.run("convert", self.folder / "in.pth", self.folder / "out.safetensors", *self.network.flags())
        self.check_same(safetensors.load(self.folder / "out.safetensors")[0])
