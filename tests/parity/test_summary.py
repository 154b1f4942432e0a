"""Parameters and multiply-adds that do not move (docs/architecture.md), and parameters against torchvision."""

import json
import unittest

import program
from networks import Network

# Model options: (parameters, multiply-adds); None where the page gives none.
PUBLISHED = {
    "small": (Network("mobilenet_v3_small"), 2_542_856, 56_510_400),
    "large": (Network("mobilenet_v3_large"), 5_483_032, 216_589_760),
    "v2": (Network("mobilenet_v2"), 3_504_872, 300_774_272),
    "small_075": (Network("mobilenet_v3_small", width=0.75), 1_653_920, None),
    "large_075": (Network("mobilenet_v3_large", width=0.75), 3_377_576, None),
    "small_050": (Network("mobilenet_v3_small", width=0.5), 917_264, None),
    "large_050": (Network("mobilenet_v3_large", width=0.5), 1_734_576, None),
    "small_025": (Network("mobilenet_v3_small", width=0.25), 374_272, None),
    "large_025": (Network("mobilenet_v3_large", width=0.25), 617_000, None),
    "v1": (Network("mobilenet_v1"), 4_231_976, 568_740_352),  # the paper: 4.2 million and 569 million
    "v4_conv_small": (Network("mobilenet_v4_conv_small"), 3_774_024, None),  # timm: 3.77 million
    "pengbo_small": (Network("pengbo_v3_small"), 3_106_536, None),  # its authors: 3.11 million
    "small_32px": (Network("mobilenet_v3_small", num_classes=10, input_size=32, stem_stride=1), None, 5_502_720),
}

COUNTED = {
    "small_minimalistic": Network("mobilenet_v3_small_minimalistic"),
    "large_minimalistic": Network("mobilenet_v3_large_minimalistic"),
    "v2_140": Network("mobilenet_v2", width=1.4),
    "v2_035_100_classes": Network("mobilenet_v2", width=0.35, num_classes=100),
    "large_075_full_head": Network("mobilenet_v3_large", width=0.75, head="full"),
    **{name: Network(name, width=width, num_classes=10) for name, width in [
        ("pengbo_v3_large", 0.75), ("kuanwang_v3_small", 1.3), ("kuanwang_v3_large", 0.35), ("jungin500_v3_small", 0.6),
        ("showlo_v3_small", 1.25), ("showlo_v3_large", 0.5), ("dli14_v3_small", 0.5), ("dli14_v3_large", 1.4),
        ("mindcv_v1", 0.3), ("mindcv_v3_small", 0.75), ("mindcv_v3_large", 1.0), ("tonylins_v2", 1.4), ("akrapukhin_v3_small", 0.25),
        ("akrapukhin_v3_large", 0.35)]},
    "small_050_full_head": Network("mobilenet_v3_small", width=0.5, head="full"),
}


def summary(network):
    return json.loads(program.run("summary", *network.flags()))


def parameters(network):
    return sum(tensor.numel() for tensor in network.build().parameters())


class SummaryTest(unittest.TestCase):
    def check_published(self, case):
        network, expected_parameters, macs = case
        result = summary(network)
        self.assertEqual(result["parameters"], parameters(network))
        if expected_parameters is not None:
            self.assertEqual(result["parameters"], expected_parameters)
        if macs is not None:
            self.assertEqual(result["macs"], macs)

    def check_counted(self, network):
        self.assertEqual(summary(network)["parameters"], parameters(network))


program.add_cases(SummaryTest, SummaryTest.check_published, PUBLISHED)
program.add_cases(SummaryTest, SummaryTest.check_counted, COUNTED)
