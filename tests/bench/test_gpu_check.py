"""scripts/gpu-check.sh around programs that are scripts: what it records, not what a GPU does."""

import json
import os
import signal
import subprocess
import time
import unittest

from tools import ROOT, ToolTest, result

SCRIPT = ROOT / "scripts/gpu-check.sh"
CHECK = '[\n{"kernel": "add", "ok": true}\n]'


class GpuCheckTest(ToolTest):
    def setUp(self):
        super().setUp()
        self.programs = {}
        self.vkmbv3(devices="echo '[]'", selfcheck=f"echo '{CHECK}'", train="exit 2", latency="exit 1")
        for name in ("engine", "graph", "train"):
            self.program(f"test_{name}", "echo '[       OK ] A.B (1 ms)'")

    def program(self, name, body, folder="bundle/bin"):
        path = self.write(f"{folder}/{name}", f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return path

    def vkmbv3(self, **commands):
        """Each command's body in the shell; others stay as they were."""
        self.programs.update(commands)
        cases = "".join(f"{name}) {body} ;;\n" for name, body in self.programs.items())
        self.program("vkmbv3", f"case $1 in\n--version) echo vkmbv3 9.9 ;;\n{cases}esac")

    def command(self, *options):
        return [SCRIPT, "--bundle", self.folder / "bundle", "--out", self.folder / "check.json", *options]

    def check(self, *options, status=0, **environment):
        path = f"{self.folder}/tools:/usr/bin:/bin"
        done = subprocess.run(self.command(*options), capture_output=True, encoding="utf-8", timeout=100, check=False,
                              env={"PATH": path, "TMPDIR": str(self.folder), **environment})
        self.assertEqual(done.returncode, status, done.stderr)
        return self.document()

    def document(self):
        return json.loads((self.folder / "check.json").read_text(encoding="utf-8"))

    def test_what_the_programs_print_is_embedded(self):
        self.program("vkmbv3-bench", f"while [ \"$1\" != --json ]; do shift; done; echo '{json.dumps(result())}' >\"$2\"")
        document = self.check("--only", "devices,selfcheck,bench")
        self.assertEqual((document["format"], document["gpu_check"]), (1, 1))
        self.assertEqual(document["program"], {"version": "vkmbv3 9.9"})
        self.assertEqual(document["devices"], [])
        self.assertEqual(document["selfcheck"], json.loads(CHECK))
        self.assertEqual(document["bench"], result())
        self.assertEqual([step["name"] for step in document["steps"]], ["devices", "selfcheck", "bench"])
        self.assertTrue(all(step["exit"] == 0 and step["skipped"] is None for step in document["steps"]))
        self.assertIsNone(document["tests"])
        self.assertIsNone(document["nvidia_smi"])

    def test_a_suite_that_can_watch_the_clock_is_told_its_time(self):
        self.program("vkmbv3-bench", """case $1 in --help) echo "  --minutes FLOAT" ;; *) echo "[\\"$*\\"]" >"$2" ;; esac""")
        document = self.check("--only", "bench", "--bench", "--batch 1", "--minutes", "0.2", "--device", "1")
        self.assertRegex(document["bench"][0], r"^--json \S+ --device 1 --batch 1 --minutes 0\.18$")

    def test_a_program_that_also_has_an_overview_is_asked_for_the_suite(self):
        self.program("vkmbv3-bench", """case $1 in --help) echo "  --suite  --minutes FLOAT" ;; *) echo "[\\"$*\\"]" >"$2" ;; esac""")
        document = self.check("--only", "bench", "--minutes", "0.2")
        self.assertRegex(document["bench"][0], r"^--json \S+ --suite --minutes 0\.18$")

    def test_a_failed_check_fails_and_the_rest_still_runs(self):
        self.vkmbv3(selfcheck=f"echo '{CHECK}'; exit 1")
        document = self.check("--only", "selfcheck,tests", status=1)
        self.assertEqual([step["exit"] for step in document["steps"]], [1, 0])
        self.assertEqual(document["selfcheck"], json.loads(CHECK))
        self.assertEqual(document["tests"], {"passed": 3, "failed": 0, "skipped": 0, "failures": [], "unfinished": []})

    def test_tests_are_counted(self):
        self.program("test_graph", "echo '[ RUN      ] A.B'; echo '[  FAILED  ] A.B (3 ms)'; echo '[  SKIPPED ] A.C (0 ms)'\n"
                                   "echo '[  FAILED  ] 1 test, listed below:'; echo '[  FAILED  ] A.B'; exit 1")
        self.program("test_train", "echo '[ RUN      ] Crash.Here'; kill -SEGV $$")
        document = self.check("--only", "tests", status=1)
        self.assertEqual(document["tests"], {"passed": 1, "failed": 2, "skipped": 1,
                                             "failures": ["test_train Crash.Here", "test_graph A.B"], "unfinished": []})

    def test_a_program_that_does_not_start_is_a_failure(self):
        self.program("test_graph", "exit 127")
        self.assertEqual(self.check("--only", "tests", status=1)["tests"]["failures"], ["test_graph (exit-status-127)"])

    def test_a_step_that_hangs_is_recorded_and_no_failure(self):
        self.vkmbv3(selfcheck="exec sleep 60")
        document = self.check("--only", "devices,selfcheck", "--minutes", "0.1")
        self.assertEqual([step["exit"] for step in document["steps"]], [0, 124])
        self.assertIsNone(document["selfcheck"])

    def test_a_step_that_must_be_killed_ran_out_of_time(self):
        self.vkmbv3(selfcheck="trap '' TERM; while :; do sleep 1; done")
        document = self.check("--only", "matrix_units", "--minutes", "0.1")
        self.assertEqual([(step["exit"], step["skipped"]) for step in document["steps"]], [(124, None)])

    def test_a_step_that_is_stopped_at_its_limit_leaves_what_it_has(self):
        self.vkmbv3(selfcheck=f"stop() {{ echo '{CHECK}'; exit 143; }}; trap stop TERM; sleep 9 & wait")
        document = self.check("--only", "selfcheck", "--minutes", "0.1")
        self.assertEqual((document["steps"][0]["exit"], document["selfcheck"]), (124, json.loads(CHECK)))

    def test_test_programs_that_hang_are_named(self):
        self.program("test_train", "echo '[       OK ] A.B (1 ms)'; exec sleep 60")
        tests = self.check("--only", "tests", "--minutes", "0.1")["tests"]
        self.assertEqual((tests["passed"], tests["failed"], tests["unfinished"]), (3, 0, ["test_train"]))

    def test_output_cut_short_is_left_out(self):
        self.vkmbv3(selfcheck="printf '[{\"kernel\": '; exit 1")
        self.assertIsNone(self.check("--only", "selfcheck", status=1)["selfcheck"])

    def test_of_a_list_cut_short_the_whole_rows_remain(self):
        self.vkmbv3(selfcheck="printf '[{\"kernel\": 1}\\n,{\"kernel\": 2}\\n,{\"ker'; kill -SEGV $$")
        document = self.check("--only", "selfcheck", status=1)
        self.assertEqual((document["steps"][0]["exit"], document["selfcheck"]), (139, [{"kernel": 1}, {"kernel": 2}]))

    def test_training_rate_is_the_mean_of_the_later_steps(self):
        rates = [1, 100, 100, 300, 300, 300, 100, 100]
        lines = "".join(f'{{"kind":"step","step":{i},"images_per_second":{rate}.0}}\\n' for i, rate in enumerate(rates))
        self.vkmbv3(train="for last; do [ \"$previous\" != --out ] || out=$last; previous=$last; done\n"
                          f"mkdir -p \"$out\"; printf '{lines}{{\"kind\":\"val\",\"images_per_second\":9.0}}\\n' >\"$out/metrics.jsonl\"")
        row = self.check("--only", "train", "--batch-size", "64")["training"][0]
        # Of 100, 300, 300, 300, 100, 100: six steps in 3/100 + 3/300 of their images.
        self.assertEqual(row, {"model": "mobilenet_v3_large", "precision": "fp32", "matrix_units": False, "batch": 64,
                               "input_size": 224, "steps": 8, "images_per_second": 150.0, "exit": 0, "message": None})

    def test_messages_survive_as_json(self):
        self.vkmbv3(train=r"""printf 'first\nsaid "no" \\ with a\ttab and a\001 bell\n' >&2; exit 2""")
        row = self.check("--only", "train")["training"][3]
        self.assertEqual((row["precision"], row["exit"], row["images_per_second"]), ("amp", 2, None))
        self.assertEqual(row["message"], 'said "no" \\ with a\ttab and a  bell')

    def test_training_runs_on_matrix_units_too(self):
        self.vkmbv3(train="""case "$*" in *--matrix-units*) echo none >&2; exit 3 ;; esac""")
        rows = self.check("--only", "train")["training"]
        self.assertEqual([(row["precision"], row["matrix_units"], row["message"]) for row in rows],
                         [("fp32", False, None)] * 3 + [("amp", False, None)] * 3 + [("amp", True, "none")] * 3)

    def test_matrix_units_and_variants_are_checked(self):
        self.vkmbv3(selfcheck="""case "$*" in *--variants*) echo '[1]' ;; *--matrix-units*) echo '[2]' ;; *) echo '[3]' ;; esac""")
        document = self.check("--only", "selfcheck,matrix_units,variants")
        self.assertEqual([document[name] for name in ("selfcheck", "matrix_units", "variants")], [[3], [2], [1]])
        self.vkmbv3(selfcheck="echo '[4]'; exit 1")
        self.check("--only", "matrix_units", status=1)

    def test_steps_that_come_to_other_bits_are_a_failure(self):
        self.program("vkmbv3-bench", """case "$*" in --help) echo --stress ;; *) echo "$*"; echo '9 passes, every one with the same bits' ;; esac""")
        document = self.check("--only", "stress", "--minutes", "0.5", "--batch-size", "64")
        self.assertEqual(document["stress"], {"exit": 0, "message": "9 passes, every one with the same bits"})
        self.program("vkmbv3-bench", "case \"$*\" in --help) echo --stress ;; *) echo 'error: pass 3 has other bits' >&2; exit 1 ;; esac")
        document = self.check("--only", "stress", status=1)
        self.assertEqual(document["stress"], {"exit": 1, "message": "error: pass 3 has other bits"})
        self.program("vkmbv3-bench", "echo usage")
        self.assertEqual([step["skipped"] for step in self.check("--only", "stress")["steps"]],
                         ["the bundle's vkmbv3-bench is older than --stress"])

    def test_without_matrix_units_their_check_is_skipped(self):
        self.vkmbv3(selfcheck="echo 'no matrix units here' >&2; exit 3")
        document = self.check("--only", "matrix_units")
        self.assertEqual([(step["exit"], step["skipped"]) for step in document["steps"]], [(0, "no matrix units here")])

    def test_a_crash_on_matrix_units_is_a_failure(self):
        for body, exit_status in (("echo 'checking add' >&2; kill -SEGV $$", 139), ("exit 1", 1)):
            self.vkmbv3(selfcheck=body)
            document = self.check("--only", "matrix_units", status=1)
            self.assertEqual([(step["exit"], step["skipped"]) for step in document["steps"]], [(exit_status, None)])

    def test_what_was_tuned_lies_beside_the_document(self):
        self.vkmbv3(tune="echo known >$VKMBV3_CACHE/a.tuning; exit 1")
        self.check("--only", "tune")
        self.assertEqual((self.folder / "a.tuning").read_text(encoding="utf-8"), "known\n")

    def test_what_tune_chose_is_embedded(self):
        self.vkmbv3(tune="""shift; echo "[\\"$*\\"]" """)
        self.assertEqual(self.check("--only", "tune", "--batch-size", "32")["tune"],
                         ["--model mobilenet_v3_large --precision auto --json --quiet --input-size 224 --batch-size 32"])

    def test_latency_rows_are_one_list(self):
        self.vkmbv3(latency="""case "$*" in *amp*) echo no fp16 >&2; exit 1 ;; *) printf '[\n {"median_ms": 1.5}\n]\n' ;; esac""")
        rows = self.check("--only", "latency")["latency"]
        self.assertEqual(len(rows), 12)
        self.assertEqual(rows.count({"median_ms": 1.5}), 6)
        self.assertEqual(rows[3]["message"], "no fp16")

    def test_clocks(self):
        self.program("nvidia-smi", """case "$*" in *clocks.max.sm*) echo 'A GPU, 555.1, [N/A], 00:1, 1024, 300.50, 1980, 2000' ;;
                     *) echo '1500, 1200, 250.5, 60, 99' ;; esac""", folder="tools")
        self.vkmbv3(selfcheck=f"sleep 4; echo '{CHECK}'")
        smi = self.check("--only", "selfcheck")["nvidia_smi"]
        self.assertEqual(smi["gpus"][0]["name"], "A GPU")
        self.assertEqual(smi["gpus"][0]["vbios_version"], "[N/A]")
        self.assertEqual(smi["gpus"][0]["power_limit"], 300.5)
        self.assertEqual(smi["busy"], [{"step": "selfcheck", "clocks_sm": 1500, "clocks_mem": 1200, "power_draw": 250.5,
                                        "temperature_gpu": 60}])

    def test_pytorch_is_measured_where_one_sees_a_gpu(self):
        self.program("python", """[ "$1" != -c ] || exit 0
                     while [ "$1" != --json ]; do shift; done; echo '{"best": []}' >"$2" """, folder="tools")
        document = self.check("--only", "pytorch", VKMBV3_PYTHON="python")
        self.assertEqual(document["pytorch"], {"best": []})

    def test_interrupted_it_keeps_what_it_has(self):
        self.vkmbv3(selfcheck="exec sleep 60")
        # A shell starts what runs in its background deaf to SIGINT, so a session of its own it is.
        with subprocess.Popen(self.command("--only", "devices,selfcheck"), stderr=subprocess.PIPE, encoding="utf-8",
                              env={"PATH": "/usr/bin:/bin", "TMPDIR": str(self.folder)}, start_new_session=True) as running:
            for line in running.stderr:
                if "selfcheck" in line:
                    break
            time.sleep(0.3)
            os.kill(running.pid, signal.SIGINT)
            self.assertIn("stopped", running.stderr.read())
            self.assertEqual(running.wait(30), 130)
        self.assertEqual([step["name"] for step in self.document()["steps"]], ["devices"])
        self.assertEqual(list(self.folder.glob("gpu-check.*")), [])

    def test_wrong_usage(self):
        for options in (["--nonsense"], ["--only", "dance"], ["--only"], ["--device", "x"], ["--minutes", "-1"],
                        ["--bundle", "/nonexistent"]):
            done = subprocess.run(self.command(*options), capture_output=True, encoding="utf-8", timeout=30, check=False)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)


if __name__ == "__main__":
    unittest.main()
