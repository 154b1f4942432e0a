"""What scripts/check_loops.py finds in a listing of Mesa's compiler for AMD."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).parents[2] / "scripts/check_loops.py"
TOGETHER = ["BB0:", "\ts_mov_b32 s0, 0", "BB1:", "\tbuffer_load_b128 v[0:3], v9, s[4:7], 0 offen ; e05c",
            "\tbuffer_load_b128 v[4:7], v9, s[4:7], 0 offen", "\ts_waitcnt vmcnt(1)", "\tv_add_f32 v0, v0, v1", "\t(then repeated 2 times)",
            "\ts_waitcnt vmcnt(0)", "\ts_cbranch_scc0 BB1", "BB2:", "\ts_waitcnt vmcnt(0)", "\ts_endpgm"]
ONE_BY_ONE = ["BB0:", "\ts_nop 0", "BB1:"] + 3 * ["\tglobal_load_b32 v0, v1, s[0:1]", "\ts_waitcnt vmcnt(0) lgkmcnt(0)"] + \
             ["\ts_branch BB1", "BB2:", "\ts_endpgm"]
OUTER = ["BB0:", "\ts_nop 0", "BB1:", "\tbuffer_load_b32 v0, v1, s[0:3], 0 offen", "\ts_waitcnt vmcnt(0)", "BB2:",
         "\tbuffer_load_b32 v0, v1, s[0:3], 0 offen", "\ts_waitcnt vmcnt(0)", "\ts_cbranch_scc1 BB2", "BB3:", "\ts_waitcnt vmcnt(0)",
         "\ts_branch BB1", "BB4:", "\ts_endpgm"]


def instructions(listing):
    return sum(line.startswith("\t") for line in listing) + (1 if listing is TOGETHER else 0)


class CheckLoopsTest(unittest.TestCase):
    def check(self, *kernels, lengths=None):
        """Runs it over kernels (name, listing); returns (exit status, stdout, stderr)."""
        with tempfile.TemporaryDirectory() as folder:
            report, listing = pathlib.Path(folder, "report.json"), pathlib.Path(folder, "listing.txt")
            report.write_text(json.dumps([{"device": "gpu", "kernel": name, "variant": "fp32", "ok": True,
                                           "statistics": {"Instructions": lengths or instructions(lines)}} for name, lines in kernels]))
            listing.write_text("".join("shader: MESA_SHADER_COMPUTE\nBB9:\n\tnot of the machine\ndisasm:\n" + "\n".join(lines)
                                       + "\n\n*** SHADER STATS ***\n" for _, lines in kernels))
            done = subprocess.run([sys.executable, SCRIPT, report, listing], capture_output=True, text=True)
            return done.returncode, done.stdout.strip(), done.stderr.strip()

    def test_loads_that_are_waited_for_together_pass(self):
        self.assertEqual(self.check(("add", TOGETHER), ("sub", OUTER)), (0, "2 0 0", ""))

    def test_loads_that_are_waited_for_one_by_one_do_not(self):
        status, counts, said = self.check(("add", TOGETHER), ("sub", ONE_BY_ONE))
        self.assertEqual((status, counts), (0, "1 1 0"))
        self.assertEqual(said, "failed: gpu: sub fp32: 3 full waits in a loop body")

    def test_what_is_known_to_wait_more_often_may(self):
        self.assertEqual(self.check(("convolution", ONE_BY_ONE))[1], "1 0 0")

    def test_a_listing_of_other_kernels_is_refused(self):
        self.assertRegex(self.check(("add", TOGETHER), lengths=7)[2], "add fp32 has 7 instructions and its disassembly 11")
        self.assertRegex(self.check()[2], "0 pipelines in .* and 0 disassemblies in .*: run both at once")


if __name__ == "__main__":
    unittest.main()
