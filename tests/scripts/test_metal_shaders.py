"""Every shader can be made Metal's, as MoltenVK does it (spirv-cross --msl), and its arrays have lengths that a
compiler of Metal knows: not gl_WorkGroupSize, which is a constant there only once the pipeline is made."""

import os
import pathlib
import re
import shutil
import struct
import subprocess
import tempfile
import unittest

SPIRV = pathlib.Path(os.environ.get("VKMBV3_SPIRV", "build/release/shaders/generated/spirv"))


def unknown_lengths(metal):
    """Lengths of arrays that depend on function constants."""
    unknown = set(re.findall(r"constant \w+ (\w+) \[\[function_constant", metal)) | {"gl_WorkGroupSize"}
    constants = re.findall(r"constant \w+ (\w+)(?: \[\[[^\]]*\]\])? = ([^;]+);", metal)
    names = lambda text: set(re.findall(r"\w+", text))  # noqa: E731
    while more := {name for name, value in constants if name not in unknown and names(value) & unknown}:
        unknown |= more
    return [length for length in re.findall(r"\b\w+ \w+\[([^\]]+)\]", metal) if names(length) & unknown]


@unittest.skipUnless(shutil.which("spirv-cross"), "needs spirv-cross")
class MetalShadersTest(unittest.TestCase):
    def test_every_shader_is_translated(self):
        headers = sorted(SPIRV.glob("*.h"))
        self.assertGreater(len(headers), 100, SPIRV)
        with tempfile.TemporaryDirectory() as folder:
            binary = pathlib.Path(folder, "shader.spv")
            for header in headers:
                words = [int(word, 16) for word in re.findall(r"0x[0-9a-f]{8}", header.read_text())]
                binary.write_bytes(struct.pack(f"<{len(words)}I", *words))
                done = subprocess.run(["spirv-cross", "--msl", "--msl-version", "20200", binary], capture_output=True, text=True,
                                      check=False)
                if "cooperative" in header.stem and done.returncode != 0:
                    continue  # Metal's matrix units are another extension's
                self.assertEqual(done.returncode, 0, f"{header.stem}: {done.stderr}")
                self.assertEqual(unknown_lengths(done.stdout), [], header.stem)

    def test_a_length_of_the_workgroup_would_be_noticed(self):
        metal = """constant uint a_tmp [[function_constant(0)]];
constant uint a = is_function_constant_defined(a_tmp) ? a_tmp : 1u;
constant uint b = (a * 2u);
    threadgroup float4 scratch[b];
    threadgroup float4 other[c];"""
        self.assertEqual(unknown_lengths(metal), ["b"])


if __name__ == "__main__":
    unittest.main()
