"""What runs the tests written in Python says of them: a test that fails must never look as if it had passed."""

import pathlib
import subprocess
import sys
import tempfile
import textwrap
import unittest
import xml.etree.ElementTree as xml

RUNNER = pathlib.Path(__file__).resolve().parent.parent / "support" / "run_python.py"


class RunPythonTest(unittest.TestCase):
    def run_test(self, body):
        """Runs one test of this body; returns the exit status, the output and the outcomes in the report."""
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "support").mkdir()
            (folder / "support" / "run_python.py").write_bytes(RUNNER.read_bytes())
            (folder / "some").mkdir()
            test = "import unittest\n\nclass A(unittest.TestCase):\n    def test_a(self):\n" + textwrap.indent(textwrap.dedent(body), " " * 8)
            (folder / "some" / "test_it.py").write_text(test, encoding="utf-8")
            done = subprocess.run([sys.executable, "-B", folder / "support" / "run_python.py", "some", "it"], capture_output=True,
                                  encoding="utf-8", timeout=60, check=False, env={"GTEST_OUTPUT": f"xml:{folder}/"})
            cases = xml.parse(folder / "some.it.xml").getroot().findall("testcase")
            return done.returncode, done.stdout, [child.tag for case in cases for child in case]

    def test_success(self):
        self.assertEqual(self.run_test("self.assertEqual(1, 1)")[::2], (0, []))

    def test_failures_and_errors(self):
        for body in ("self.assertEqual(1, 2)", "raise KeyError(1)"):
            self.assertEqual(self.run_test(body)[::2], (1, ["failure"]))

    def test_a_part_that_fails_is_a_failure(self):
        status, out, outcomes = self.run_test("""
            for number in (1, 2, 3):
                with self.subTest(number=number):
                    self.assertNotEqual(number, 2)
        """)
        self.assertEqual((status, outcomes), (1, ["failure"]))
        self.assertIn("number=2", out)

    def test_parts_that_succeed_are_one_success(self):
        status, out, outcomes = self.run_test("""
            for number in (1, 2, 3):
                with self.subTest(number=number):
                    self.assertNotEqual(number, 4)
        """)
        self.assertEqual((status, outcomes, out.count("ok]")), (0, [], 1))

    def test_skipped(self):
        self.assertEqual(self.run_test('self.skipTest("not today")')[::2], (77, ["skipped"]))
