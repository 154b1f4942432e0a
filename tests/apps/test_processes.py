"""Training in several processes, which mpirun starts: docs/distributed.md."""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time
import unittest

import program
from program import FEW_LAYERS, ProgramTest, metrics

ELASTIC = pathlib.Path(__file__).resolve().parents[2] / "scripts/train_elastic.sh"
# Open MPI asks before it runs as root, as tests in a container do, and these share two cores.
MPI = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_rmaps_base_oversubscribe": "1",
       "OMPI_MCA_btl_vader_single_copy_mechanism": "none", "OMPI_MCA_hwloc_base_binding_policy": "none", "LP_NUM_THREADS": "1"}


def library():
    """Where a build with MPI has what reaches other processes."""
    return list(pathlib.Path(program.PROGRAM).resolve().parents[1].glob("lib*/**/libvkmbv3_mpi.so"))


class ProcessesTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not library():
            raise unittest.SkipTest("this build has no MPI: libopenmpi-dev is not installed")
        if not shutil.which("mpirun"):
            raise unittest.SkipTest("mpirun is not installed: openmpi-bin")

    def setUp(self):
        super().setUp()
        program.save_images(self.folder / "train.safetensors", 34)
        program.save_images(self.folder / "val.safetensors", 11, seed=2)

    def options(self, *more):
        return ["train", *program.merged(*FEW_LAYERS, "--data", "tensors:train.safetensors", "--val-data", "tensors:val.safetensors",
                                         "--batch-size", 8, "--epochs", 3, "--lr", 0.05, "--log-every", 1, *more)]

    def start_all(self, ranks, *arguments, **variables):
        """`ranks`: how many of the program, or what each of them is, in the words of mpirun."""
        words = ["-n", str(ranks), program.PROGRAM, *map(str, arguments)] if isinstance(ranks, int) else ranks
        return subprocess.Popen(["mpirun", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.folder,
                                env=program.environment(self.drivers) | MPI | variables)

    def together(self, ranks, *arguments, status=0, **variables):
        done = self.finish(self.start_all(ranks, *arguments, **variables))
        self.assertEqual(done.returncode, status, done.stderr_text)
        return done

    def test_they_end_with_the_bits_of_one_process_that_has_their_devices(self):
        all_on = ["--sync-bn", "--precision", "amp", "--optimizer", "adamw", "--lr", 0.002, "--grad-accum", 2, "--ema-decay", 0.9,
                  "--shares", "3,3,2"]
        for name, ranks, devices, more in ("two", 2, "0,0", []), ("three", 3, "0,0,0", all_on):
            with self.subTest(name):
                self.result(*self.options("--device", devices, "--out", f"one-{name}", *more))
                done = self.together(ranks, *self.options("--device", 0, "--json", "--out", name, *more))
                self.assertEqual(json.loads(done.stdout_text)["steps"], metrics(self.folder / name, "step")[-1]["step"])
                self.assertEqual(metrics(self.folder / name), metrics(self.folder / f"one-{name}"))
                for file in "weights.safetensors", "best.safetensors":
                    self.assertEqual((self.folder / name / file).read_bytes(), (self.folder / f"one-{name}" / file).read_bytes(), file)
                self.assertIn("rank 1 of", done.stderr_text)

    def test_a_run_goes_on_with_the_same_and_with_another_number_of_them(self):
        self.together(2, *self.options("--out", "whole"))
        self.together(2, *self.options("--max-steps", 5, "--out", "parts"))
        self.together(2, "train", "--resume", "parts", "--max-steps", 100)
        self.assertEqual(metrics(self.folder / "parts"), metrics(self.folder / "whole"))
        self.together(3, *self.options("--max-steps", 5, "--out", "others"))
        done = self.together(2, "train", "--resume", "others", "--max-steps", 7)
        self.assertIn("split over the devices as 3+3+2 and is split as 4+4", done.stderr_text)
        self.assertEqual(self.result("train", "--resume", "others", "--max-steps", 100)["steps"], 12)

    def test_one_that_dies_ends_the_others_and_is_named(self):
        job = self.start_all(3, *self.options("--epochs", 5000, "--out", "run"))
        victim = self.wait_for_rank(job, 1)
        os.kill(victim, signal.SIGKILL)
        died = time.monotonic()
        done = self.finish(job)
        self.assertLess(time.monotonic() - died, 30)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr_text + done.stdout_text, r"process rank 1 .*(killed|Killed|signal 9)")

    def test_one_with_other_settings_is_named_before_the_first_step(self):
        words = []
        for lr in 0.05, 0.06:
            words += [":"] if words else []
            words += ["-n", "1", program.PROGRAM, *map(str, self.options("--lr", lr, "--out", "run"))]
        done = self.finish(self.start_all(words))
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr_text, r"vkmbv3: error: rank \d of 2 on host \S+: lr is 0.05 on rank 0 on host \S+ and 0.06 on rank 1")
        self.assertFalse((self.folder / "run/weights.safetensors").exists())

    def test_one_that_does_not_see_the_data_says_so(self):
        words = []
        for data in "train", "absent":
            words += [":"] if words else []
            words += ["-n", "1", program.PROGRAM, *map(str, self.options("--data", f"tensors:{data}.safetensors", "--out", "run"))]
        done = self.finish(self.start_all(words))
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr_text, r"vkmbv3: error: rank 1 of 2 on host \S+: .*absent.safetensors")

    def test_more_of_them_than_a_batch_has_images_are_refused(self):
        done = self.finish(self.start_all(3, *self.options("--batch-size", 2, "--out", "run")))
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr_text, "rank 0 of 3 .*2 .*3")

    def test_stages_of_a_pipeline_are_refused_before_there_is_a_run(self):
        done = self.finish(self.start_all(2, *self.options("--placement", "pipeline", "--out", "run")))
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr_text, "vkmbv3: error: rank . of 2 .*--placement pipeline is for the devices of one process")
        self.assertFalse((self.folder / "run").exists())

    def test_they_tune_for_their_shares_one_after_the_other(self):
        own = {"VKMBV3_CACHE": str(self.folder / "cache")}
        done = self.together(2, *self.options("--tune", "--out", "two"), **own)
        self.assertRegex(done.stderr_text, "tuning training, 4 images")
        (file,) = (self.folder / "cache").glob("*.tuning")
        choices = file.read_text()
        # One process that has both devices finds all of it done, and makes the same bits of it.
        self.result(*self.options("--tune", "--device", "0,0", "--out", "one"), **own)
        self.assertEqual(file.read_text(), choices)
        self.assertEqual((self.folder / "two/weights.safetensors").read_bytes(), (self.folder / "one/weights.safetensors").read_bytes())

    def test_an_image_that_no_process_can_read_counts_once(self):
        for i in range(16):
            program.save_picture(self.folder / f"images/class{i % 2}/{i:02}.ppm", 15 * i)
        for name in "class0", "class1":
            (self.folder / f"images/{name}/bad.ppm").write_bytes(b"P6 16 16 255\n")
        done = self.together(2, *self.options("--num-classes", 2, "--data", "imagefolder:images", "--val-data", "imagefolder:images",
                                              "--epochs", 4, "--json", "--out", "run"))
        self.assertEqual(json.loads(done.stdout_text)["unreadable_images"], 2)

    def test_a_hidden_launcher_lets_each_have_a_run_of_its_own(self):
        words = ["-n", "2", "env", "-u", "OMPI_COMM_WORLD_SIZE", "sh", "-c",
                 'exec "$0" "$@" --seed $OMPI_COMM_WORLD_RANK --out run$OMPI_COMM_WORLD_RANK', program.PROGRAM, *self.options()]
        self.together(words)
        for rank in 0, 1:
            self.assertEqual(metrics(self.folder / f"run{rank}", "step")[-1]["step"], 12)

    def test_commands_that_do_not_share_their_work_are_refused_before_they_write(self):
        self.together(2, *self.options("--max-steps", 1, "--out", "run"))
        weights = ["--weights", "run/weights.safetensors"]
        for command in (["convert", weights[1], "out.onnx"], ["eval", *weights, "--data", "tensors:val.safetensors", "--report", "report"],
                        ["explain", *FEW_LAYERS], ["latency", *FEW_LAYERS], ["pack", "synthetic", "out"], ["plot", "run"], ["predict", *weights, "."],
                        ["selfcheck"], ["tune", *FEW_LAYERS]):
            with self.subTest(command[0]):
                done = self.together(2, *command, status=2)
                self.assertRegex(done.stderr_text, rf"vkmbv3: error: vkmbv3 {command[0]} is for one process, and 2 were started "
                                                   r"\(OMPI_COMM_WORLD_SIZE=2\).*: start one, or.*env -u OMPI_COMM_WORLD_SIZE")
        for file in "out.onnx", "report", "out", "run/plot.svg":
            self.assertFalse((self.folder / file).exists(), file)

    def test_a_step_of_several_is_explained_and_not_measured(self):
        done = self.together(2, *self.options("--explain", "--json"))
        self.assertEqual([step["images"] for step in json.loads(done.stdout_text)], [4])
        done = self.together(2, *self.options("--explain", "--profile"), status=2)
        self.assertIn("--profile measures steps of one process", done.stderr_text)

    def test_a_launcher_that_this_mpi_does_not_know_is_said(self):
        self.refused("PMI_SIZE=4.*mpirun", *self.options("--out", "run"), status=2, PMI_SIZE="4")
        self.refused("srun --mpi=pmix", *self.options("--out", "run"), status=2, SLURM_STEP_NUM_TASKS="4")

    def test_a_job_that_loses_processes_goes_on_with_those_that_are_left(self):
        job = subprocess.Popen(["bash", str(ELASTIC), "-n", "3", "run", "--", *map(str, self.options("--epochs", 40, "--save-every", 2)[1:])],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.folder,
                               env=program.environment(self.drivers) | MPI | {"VKMBV3": program.PROGRAM})
        for left in 3, 2:
            os.kill(self.wait_for_rank(job, left - 1), signal.SIGKILL)
        done = self.finish(job)
        self.assertEqual(done.returncode, 0, done.stderr_text)
        self.assertIn("going on with 2 processes", done.stderr_text)
        self.assertIn("going on with 1 process", done.stderr_text)
        steps = [row["step"] for row in metrics(self.folder / "run", "step")]
        self.assertEqual(steps, list(range(1, 161)))

    def test_hosts_reach_each_other_over_a_network(self):
        with two_hosts(self) as start:
            self.result(*self.options("--device", "0,0,0", "--out", "one"))
            done = self.finish(start("--bind-to", "none", program.PROGRAM, *self.options("--out", "two")))
        self.assertEqual(done.returncode, 0, done.stderr_text)
        for rank, host in enumerate(("one", "one", "two")):
            self.assertIn(f"rank {rank} of 3 on host {host}: ", done.stderr_text)
        self.assertEqual((self.folder / "two/weights.safetensors").read_bytes(), (self.folder / "one/weights.safetensors").read_bytes())

    def wait_for_rank(self, job, rank):
        """The process id of a rank that has trained for a while since it was started."""
        log, begun = self.folder / "run/metrics.jsonl", None
        deadline = time.monotonic() + program.SECONDS
        while time.monotonic() < deadline and job.poll() is None:
            time.sleep(0.1)
            pid = rank_of(job.pid, rank)
            rows = len(log.read_text().splitlines()) if log.exists() else 0
            if pid is None:
                begun = None
            elif begun is None or begun[0] != pid:
                begun = (pid, rows)
            elif rows >= begun[1] + 4:
                return pid
        job.kill()
        self.fail(f"no rank {rank}: {job.communicate()}")


@contextlib.contextmanager
def two_hosts(test):
    """Two network namespaces with a cable between them stand for hosts; yields what starts two processes on the first and one on the other."""
    names = [f"vkm{os.getpid()}-{host}" for host in ("one", "two")]
    addresses = ["10.77.0.1", "10.77.0.2"]

    def ip(*words):
        return subprocess.run(["ip", *words], capture_output=True, text=True)

    if not shutil.which("ip") or ip("netns", "add", names[0]).returncode != 0:
        test.skipTest("no network namespaces here: they need iproute2 and root")
    try:
        commands = [["netns", "add", names[1]],
                    ["link", "add", "cable", "netns", names[0], "type", "veth", "peer", "name", "cable", "netns", names[1]]]
        for name, address in zip(names, addresses):
            commands += [["-n", name, "addr", "add", f"{address}/24", "dev", "cable"], ["-n", name, "link", "set", "cable", "up"],
                         ["-n", name, "link", "set", "lo", "up"], ["netns", "exec", name, "unshare", "--uts", "hostname", "one"]]
        for words in commands:
            done = ip(*words)
            if done.returncode != 0:
                test.skipTest(f"ip {' '.join(words)}: {done.stderr.strip()}")
        agent = test.folder / "agent.sh"  # stands for ssh: mpirun calls it with a host and a command
        agent.write_text("#!/bin/sh\nshift\n"
                         f"exec ip netns exec {names[1]} unshare --uts sh -c \"hostname two; $*\"\n")
        agent.chmod(0o755)
        network = ["--mca", "plm_rsh_agent", str(agent), "--mca", "btl", "tcp,self", "--mca", "pml", "ob1",
                   "--mca", "btl_tcp_if_include", "cable", "--mca", "oob_tcp_if_include", "cable"]

        def start(*arguments):
            words = ["mpirun", "-H", f"{addresses[0]}:2,{addresses[1]}:1", *network, *map(str, arguments)]
            return subprocess.Popen(["ip", "netns", "exec", names[0], "unshare", "--uts", "sh", "-c", 'hostname one; exec "$@"', "sh", *words],
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=test.folder,
                                    env=program.environment(test.drivers) | MPI)

        yield start
    finally:
        for name in names:
            ip("netns", "del", name)


def rank_of(ancestor, rank):
    """The descendant of a process that mpirun has given a rank."""
    parents = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:  # it has ended
                continue
    for pid in parents:
        above = pid
        while above in parents and above != ancestor:
            above = parents[above]
        try:
            if above == ancestor and f"OMPI_COMM_WORLD_RANK={rank}".encode() in pathlib.Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                return pid
        except OSError:
            continue
    return None
