"""What scripts/watch_tests.py says of a run of ctest."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "scripts"))

import watch_tests  # noqa: E402

END_OF_SECOND = "1/3 Test  #2: test_base ........................   Passed    0.50 sec"


class WatchTest(unittest.TestCase):
    def setUp(self):
        self.seconds = 0
        self.watch = watch_tests.Watch("release", clock=lambda: self.seconds)

    def take(self, *lines):
        return [row for line in lines for row in self.watch.take(line)]

    def test_what_runs_is_said_with_its_test_case(self):
        self.take("      Start  1: test_graph", "      Start  2: test_base")
        self.take("1: [ RUN      ] SgdTest.Steps", "1: [       OK ] SgdTest.Steps (12 ms)", "1: [ RUN      ] SgdTest.Decays")
        self.seconds = 75
        self.assertEqual(self.watch.state(),
                         "release: 1:15 min, 1 tests and no program done; now test_graph (SgdTest.Decays), test_base")

    def test_cases_are_counted_once_and_programs_without_cases_as_one(self):
        self.take("    Start 1: test_graph", "    Start 2: test_base", "1: [       OK ] A.B (1 ms)", "1: [  SKIPPED ] A.C (0 ms)",
                  "1: [  FAILED  ] A.D (3 ms)", "1: [      ok] Python.test_e (0.1 s)", END_OF_SECOND)
        self.assertIn(": 0:00 min, 5 tests and 1 of 3 programs done; now test_graph", self.watch.state())
        self.take("2/3 Test  #1: test_graph .......***Failed    9.00 sec")
        self.assertIn("5 tests and 2 of 3 programs done; now none", self.watch.state())

    def test_only_failures_show_their_output(self):
        self.assertEqual(self.take("    Start 1: a", "    Start 2: test_base", "1: bad", "2: good", END_OF_SECOND), [END_OF_SECOND])
        failed = "2/3 Test  #1: a ....***Exception: SegFault  0.03 sec"
        self.assertEqual(self.take(failed), ["bad", failed])
        skipped = "3/3 Test  #3: b ....***Skipped   0.02 sec"
        self.assertEqual(self.take("    Start 3: b", "3: no device", skipped), [skipped])

    def test_lines_of_ctest_itself_are_not_shown(self):
        self.assertEqual(self.take("Test project /tmp", "", "7: of nothing that was started", "100% tests passed"), [])
