"""Training with the layers split over devices, and the schedule of a step as a file."""

import json
import pathlib
import subprocess
import sys
import unittest

import program
from program import FEW_LAYERS, LAVAPIPE, SWIFTSHADER, ProgramTest, load_tensors, metrics

DRAW = pathlib.Path(__file__).resolve().parents[2] / "scripts/draw_schedule.py"
STAGED = "--placement", "pipeline"


def options(*more):
    """Returns what trains on small batches, three a step, augmented and with dropout."""
    return program.merged(*FEW_LAYERS, "--num-classes", 10, "--data", "synthetic:40", "--batch-size", 4, "--grad-accum", 3,
                          "--augment", "crop-pad4", "--dropout", 0.5, "--lr", 0.05, "--epochs", 50, "--max-steps", 4,
                          "--log-every", 1, *more)


class PlacementTest(ProgramTest):
    drivers = (LAVAPIPE, SWIFTSHADER)

    def kept(self, run):
        """Returns all that a run keeps, but for the validation's loss, which devices share and add up."""
        return {name: load_tensors(self.folder / run / name)[0]
                for name in ("weights.safetensors", "checkpoint/state.safetensors")}

    def losses(self, run):
        return [row["loss"] for row in metrics(self.folder / run, "step")]

    def test_stages_make_the_bits_of_one_device(self):
        for precision in ("fp32", "amp"):
            self.result("train", *options("--device", 1, "--precision", precision, "--out", f"one-{precision}"))
            for devices in ("1,1", "1,1,1"):
                run = f"{devices}-{precision}"
                self.result("train", *options("--device", devices, "--precision", precision, "--out", run, *STAGED))
                self.assertTrue(self.kept(run) == self.kept(f"one-{precision}"), run)

    def test_statistics_estimated_anew_are_those_of_one_device(self):
        for devices in ("1", "1,1"):
            self.result("train", *options("--device", devices, "--recalibrate-bn", 2, "--out", devices, *STAGED))
        self.assertTrue(self.kept("1,1") == self.kept("1"))

    def test_a_run_in_stages_goes_on(self):
        for placement in ("pipeline", "auto"):
            self.result("train", *options("--device", "1,1", "--placement", placement, "--out", placement))
            self.result("train", *options("--device", "1,1", "--placement", placement, "--max-steps", 2, "--out", f"{placement}-parts"))
            self.result("train", "--resume", f"{placement}-parts", "--max-steps", 4)
            self.assertNotIn("changed", self.stderr_text.replace("changed: max-steps", ""))
            if placement == "pipeline":  # auto goes by measured times
                self.assertTrue(self.kept("pipeline") == self.kept("pipeline-parts"))
            self.assertNotIn("shares", (self.folder / placement / "config.yaml").read_text())

    def test_a_run_of_an_older_version_which_says_its_shares_goes_on(self):
        self.result("train", *options("--device", "1,1", "--max-steps", 2, "--out", "run", *STAGED))
        with (self.folder / "run/config.yaml").open("a") as config:
            config.write("shares: equal\n")
        self.result("train", "--resume", "run", "--max-steps", 4)

    def test_drivers_of_two_vendors_are_stages_of_one_network(self):
        self.result("train", *options("--device", 1, "--out", "one"))
        result = self.run_program("train", *options("--device", "1,0", "--out", "two", *STAGED))
        self.assertEqual(result.returncode, 0, result.stderr_text)
        said = result.stdout_text + result.stderr_text
        self.assertRegex(said, r"stage 1 of 2: augment to \S+ on device 1")
        self.assertRegex(said, r"stage 2 of 2: \S+ to loss on device 0")
        for got, want in zip(self.losses("two"), self.losses("one"), strict=True):
            self.assertAlmostEqual(got, want, delta=1e-4 * want)

    def test_what_is_of_shares_does_not_go_with_stages(self):
        for more, said in ((["--shares", "3,1"], "leave it away, or use"), (["--sync-bn"], "leave it away, or use"),
                           (["--sync-bn", "--placement", "auto"], "leave it away, or use"),
                           (["--batch-size", "auto"], "give a number")):
            self.refused(said, "train", *options("--device", "1,1", "--out", "run", *STAGED, *more), status=2)

    def test_a_run_in_stages_is_no_record_of_shares(self):
        self.result("train", *options("--device", "1,1", "--max-steps", 1, "--out", "run", *STAGED))
        self.refused("--shares run: run/metrics.jsonl holds no shares: its run was on one device, or in stages", "train",
                     *options("--device", "1,1", "--shares", "run", "--out", "other"))

    def test_batches_smaller_than_the_devices_are_validated_all_the_same(self):
        self.result("train", *options("--device", "1,1,1", "--input-size", 64, "--batch-size", 2, "--out", "run", *STAGED))

    def test_a_single_device_has_nothing_to_place(self):
        self.result("train", *options("--device", 1, "--out", "run", *STAGED))

    def schedule(self, *more):
        result = self.run_program("train", *options("--max-steps", 8, "--dump-schedule", "schedule.json", *more))
        self.assertEqual(result.returncode, 0, result.stderr_text)
        events = json.loads((self.folder / "schedule.json").read_text())["traceEvents"]
        names = {(e["pid"], e["tid"]): e["args"]["name"] for e in events if e["name"] == "thread_name"}
        processes = {e["pid"]: e["args"]["name"] for e in events if e["name"] == "process_name"}
        tracks = {}
        for event in events:
            if event["ph"] == "X":
                self.assertGreaterEqual(event["dur"], 0)
                track = processes[event["pid"]], names[event["pid"], event["tid"]].split(":")[0]
                tracks.setdefault(track, []).append(event)
        return tracks

    def test_a_schedule_shows_every_queue_thread_and_link(self):
        tracks = self.schedule("--device", "1,1", "--out", "staged", *STAGED)
        for device in (0, 1):
            for kind in ("queue", "link", "host thread"):
                self.assertIn(("measured", f"{kind} of {device}"), tracks)
                self.assertIn(("planned", f"{kind} of {device}"), tracks)
            for events in (tracks["measured", f"queue of {device}"], tracks["planned", f"queue of {device}"]):
                events.sort(key=lambda event: event["ts"])
                for before, after in zip(events, events[1:]):
                    self.assertGreaterEqual(after["ts"], before["ts"] + before["dur"] - 1, "a queue does one thing at a time")
        steps = {event["args"]["step"] for event in tracks["measured", "queue of 0"]}
        self.assertEqual(steps, {3, 4, 5, 6})

    def test_a_schedule_of_one_device_and_of_shares(self):
        self.assertIn(("measured", "queue of 0"), self.schedule("--device", 1, "--grad-accum", 1, "--out", "one"))
        tracks = self.schedule("--device", "1,1", "--grad-accum", 1, "--out", "two")
        self.assertTrue(any("gradients" in event["name"] for event in tracks["measured", "exchange between devices"]))

    def draw(self, *arguments):
        return subprocess.run([sys.executable, DRAW, *map(str, arguments)], cwd=self.folder, capture_output=True, text=True, timeout=60)

    def test_a_schedule_is_drawn_or_it_is_said_why_not(self):
        self.schedule("--device", 1, "--grad-accum", 1, "--out", "run")
        self.assertEqual(self.draw("schedule.json", "a.svg").returncode, 0)
        picture = (self.folder / "a.svg").read_text(encoding="utf-8")
        self.assertIn("queue of 0", picture)
        (self.folder / "other.json").write_text("{}")
        for arguments, said in ((["schedule.json", "a.svg", 99], "has no step 99"), (["schedule.json", "a.svg", "x"], "'x' is no step"),
                                (["absent.json", "a.svg"], "cannot be read"), (["other.json", "a.svg"], "not what train --dump-schedule writes"),
                                (["schedule.json", "absent/a.svg"], "cannot be written")):
            done = self.draw(*arguments)
            self.assertEqual(done.returncode, 1, arguments)
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
            self.assertIn(said, done.stderr)
        self.assertEqual((self.folder / "a.svg").read_text(encoding="utf-8"), picture)

    def test_a_run_too_short_to_be_looked_at_says_so(self):
        self.refused("the run ended before step 3", "train",
                     *options("--device", 1, "--max-steps", 2, "--dump-schedule", "schedule.json", "--out", "run"))

    def test_images_flow_through_stages_with_the_logits_of_one_device(self):
        self.result("train", *options("--device", 1, "--max-steps", 1, "--out", "run"))
        for i in range(11):
            program.save_picture(self.folder / "pictures" / f"{i:02}.ppm", 20 * i)
        rows = {}
        for devices in ("1", "1,1", "1,1,1"):
            done = self.run_program("predict", "--weights", "run/weights.safetensors", "pictures", "--batch-size", 2, "--logits",
                                    "--json", "--device", devices, *STAGED)
            self.assertEqual(done.returncode, 0, done.stderr_text)
            rows[devices] = done.stdout_text
            self.assertEqual(f"stage {len(devices.split(','))} of " in done.stderr_text, devices != "1", done.stderr_text)
        self.assertEqual(rows["1,1"], rows["1"])
        self.assertEqual(rows["1,1,1"], rows["1"])

    def test_the_throughput_of_stages_is_measured(self):
        done = self.run_program("latency", "--json", *FEW_LAYERS, "--device", "1,0",
                                "--batch-size", 3, "--runs", 5, *STAGED)
        self.assertEqual(done.returncode, 0, done.stderr_text)
        rows = json.loads(done.stdout_text)
        self.assertIn(" + ", rows[0]["device"])
        self.assertGreater(rows[0]["images_per_second"], 0)


if __name__ == "__main__":
    unittest.main()
