"""Checking every kernel: what is left of a check that was ended."""

import json
import signal

from program import LAVAPIPE, ProgramTest


class SelfcheckTest(ProgramTest):
    drivers = (LAVAPIPE,)

    def test_an_interrupt_leaves_the_rows_so_far(self):
        for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            process = self.start("selfcheck", "--variants", "--json", "--quiet")
            printed = process.stdout.readline()
            process.send_signal(number)
            printed += process.stdout.read()
            self.finish(process)
            self.assertEqual(process.returncode, status, process.stderr_text)
            rows = json.loads(printed)
            self.assertTrue(all(row["ok"] for row in rows))
            self.assertIn(f"interrupted after {len(rows)} kernels", process.stderr_text)
