#!/usr/bin/env python3
"""PyTorch's speed on the networks that vkmbv3 trains: the number to hold ours against is that of its best mode.

Training steps (forward, backward, SGD with momentum) and inference of torchvision's models, eager and torch.compile, with and
without CUDA graphs, fp32, TF32 and AMP (fp16; inference: the whole model in fp16), channels_last or not. Input lies on the
device already. A mode that fails is recorded with its error, one that the time does not suffice for is listed as skipped; the
likely winners come first. Works with PyTorch 1.13 and later, CUDA or ROCm, and on a CPU to try it.
"""

import argparse
import contextlib
import gc
import json
import os
import signal
import statistics
import sys
import time

try:
    import torch
    import torchvision
except ImportError as missing:
    sys.exit(f"compare_pytorch.py: error: {missing}; install PyTorch and torchvision")


class OutOfTime(Exception):
    pass


class Mode:
    """Describes one way to run one network."""

    def __init__(self, model, task, batch, precision, execution, channels_last):
        self.model, self.task, self.batch = model, task, batch
        self.precision, self.execution, self.channels_last = precision, execution, channels_last

    def json(self):
        return dict(vars(self))

    def __str__(self):
        layout = "channels_last" if self.channels_last else "contiguous"
        return f"{self.model} {self.task} batch {self.batch} {self.precision} {self.execution} {layout}"


def modes(options):
    """Yields every mode, the likely winners and the quick ones first: compiling takes longer than all the rest."""
    tasks = [("training", options.batch), ("inference", options.batch), ("inference", 1)]
    ours, every = ("fp32", "amp"), ("fp32", "amp", "tf32")  # TF32 is no precision of vkmbv3's
    rounds = [("graphs", True, ours), ("eager", True, ours), ("compile", True, ours), ("compile-graphs", True, ours),
              ("graphs", True, ("tf32",)), ("compile", True, ("tf32",)), ("graphs", False, every), ("eager", False, every),
              ("compile", False, every)]
    for execution, channels_last, precisions in rounds:
        for task, batch in tasks:
            for model in options.models.split(","):
                for precision in precisions:
                    yield Mode(model, task, batch, precision, execution, channels_last)


def unsuitable(mode, device):
    """Returns why a mode cannot run here; None where it can."""
    if device.type == "cpu" and mode.precision == "amp":
        return "fp16 is for GPUs"
    if mode.precision == "tf32" and (device.type == "cpu" or torch.version.cuda is None):
        return "TF32 is NVIDIA's"
    if device.type == "cpu" and "graphs" in mode.execution:
        return "there are no graphs on a CPU"
    if mode.execution.startswith("compile") and not hasattr(torch, "compile"):
        return f"PyTorch {torch.__version__} has no torch.compile"
    return None


# --- Work: a function that starts one step or one inference -----------------------------------------------------------


def network(mode, device):
    model = getattr(torchvision.models, mode.model)(weights=None).to(device)
    if mode.channels_last:
        model = model.to(memory_format=torch.channels_last)
    return model


def images(mode, device, size, dtype=torch.float32):
    batch = torch.randn(mode.batch, 3, size, size, device=device).to(dtype)
    return batch.contiguous(memory_format=torch.channels_last) if mode.channels_last else batch


def compiled(model, mode):
    if mode.execution == "compile":
        return torch.compile(model, dynamic=False)
    if mode.execution == "compile-graphs":
        return torch.compile(model, dynamic=False, mode="reduce-overhead")
    return model


def graphed(work, device):
    """Returns the same work as one CUDA graph. It must have run on a side stream before (PyTorch's recipe)."""
    side = torch.cuda.Stream(device)
    side.wait_stream(torch.cuda.current_stream(device))
    with torch.cuda.stream(side):
        for _ in range(3):
            work()
    torch.cuda.current_stream(device).wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        work()
    return graph.replay


def optimizer_of(parameters, device):
    if device.type == "cuda":
        with contextlib.suppress(TypeError, RuntimeError):  # SGD has no fused form before PyTorch 2.3
            return torch.optim.SGD(parameters, lr=0.01, momentum=0.9, fused=True)
    return torch.optim.SGD(parameters, lr=0.01, momentum=0.9)


def training(mode, device, size):
    model = network(mode, device).train()
    optimizer = optimizer_of(list(model.parameters()), device)
    loss_of = torch.nn.CrossEntropyLoss()
    data, labels = images(mode, device, size), torch.randint(0, 1000, (mode.batch,), device=device)
    forward = compiled(model, mode)
    amp = mode.precision == "amp"
    scaler = (torch.amp.GradScaler("cuda") if hasattr(torch.amp, "GradScaler") else torch.cuda.amp.GradScaler()) if amp else None

    def gradients():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device.type, dtype=torch.float16) if amp else contextlib.nullcontext():
            loss = loss_of(forward(data), labels)
        (scaler.scale(loss) if amp else loss).backward()

    def update():
        if amp:
            scaler.step(optimizer)
            scaler.update()
        else:
            optimizer.step()

    if mode.execution != "graphs":
        return lambda: (gradients(), update())
    gradients()
    update()
    # The scaler's step stays outside: it may look at the gradients on the host.
    replay = graphed(gradients, device)
    return lambda: (replay(), update())


def inference(mode, device, size):
    model = network(mode, device).eval()
    dtype = torch.float32
    if mode.precision == "amp":
        model, dtype = model.half(), torch.float16
    data = images(mode, device, size, dtype)
    forward = compiled(model, mode)

    def run():
        with torch.inference_mode():
            forward(data)

    return graphed(run, device) if mode.execution == "graphs" else run


# --- Time -------------------------------------------------------------------------------------------------------------


def wait(device):
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def time_block(work, count, device):
    """Returns milliseconds a call of `count` calls back to back, by the device's own clock where it has one."""
    if device.type == "cuda":
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        for _ in range(count):
            work()
        end.record()
        end.synchronize()
        return start.elapsed_time(end) / count
    start = time.perf_counter()
    for _ in range(count):
        work()
    return 1000 * (time.perf_counter() - start) / count


def measure(work, device, seconds):
    """Warms up until two blocks of about 50 ms agree, then times such blocks for `seconds`, then calls one at a time."""
    started = time.perf_counter()
    for _ in range(3):
        work()
    wait(device)
    compile_s = time.perf_counter() - started
    started, last = time.perf_counter(), None
    while True:
        took = time_block(work, 1, device)
        count = max(1, round(50 / took))
        took = time_block(work, count, device)
        elapsed = time.perf_counter() - started
        if (elapsed > seconds and last and abs(took / last - 1) < 0.05) or elapsed > 4 * seconds:
            break
        last = took
    times, started = [], time.perf_counter()
    while len(times) < 5 or time.perf_counter() - started < seconds:
        times.append(time_block(work, count, device))
    alone, started = [], time.perf_counter()
    while len(alone) < 5 or (time.perf_counter() - started < seconds / 2 and len(alone) < 200):
        begin = time.perf_counter()
        work()
        wait(device)
        alone.append(1000 * (time.perf_counter() - begin))
    return {"times_ms": times, "median_ms": statistics.median(times), "alone_ms": statistics.median(alone),
            "first_runs_s": compile_s}


def tf32(allowed):
    torch.backends.cuda.matmul.allow_tf32 = allowed
    torch.backends.cudnn.allow_tf32 = allowed


def run(mode, device, options):
    tf32(mode.precision == "tf32")
    torch.manual_seed(0)
    work = {"training": training, "inference": inference}[mode.task](mode, device, options.input_size)
    times = measure(work, device, options.seconds)
    return {**times, "images_per_second": 1000 * mode.batch / times["median_ms"]}


# --- The document -----------------------------------------------------------------------------------------------------


def machine(device):
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
    return {"device": name, "torch": torch.__version__, "torchvision": torchvision.__version__, "cuda": torch.version.cuda,
            "hip": getattr(torch.version, "hip", None), "cudnn": torch.backends.cudnn.version(), "threads": torch.get_num_threads(),
            "python": sys.version.split()[0]}


def best(results):
    """Returns the fastest mode of each network, task, batch and precision."""
    fastest = {}
    for result in results:
        key = tuple(result[name] for name in ("model", "task", "batch", "precision"))
        rate = result.get("images_per_second", 0)
        if rate and rate > fastest.get(key, {}).get("images_per_second", 0):
            fastest[key] = result
    wanted = ("model", "task", "batch", "precision", "execution", "channels_last", "images_per_second", "median_ms", "alone_ms")
    return [{name: fastest[key][name] for name in wanted} for key in sorted(fastest)]


def write(path, document):
    """Writes the file whole or not at all: who stops us still finds the modes that were measured."""
    if path is None:
        return
    with open(path + ".part", "w", encoding="utf-8") as file:
        json.dump(document, file, indent=1)
    os.replace(path + ".part", path)


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", help="write the results here, after every mode (default: to stdout, at the end)")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu", help="cuda (ROCm too), cuda:1, cpu")
    parser.add_argument("--models", default="mobilenet_v3_large,mobilenet_v3_small",
                        help="torchvision's names (default: %(default)s)")
    parser.add_argument("--batch", type=int, default=256, help="of training, and of inference beside 1 (default: 256)")
    parser.add_argument("--input-size", type=int, default=224, help="pixels (default: 224)")
    parser.add_argument("--seconds", type=float, default=0.5, help="of timed blocks a mode, after the warm-up (default: 0.5)")
    parser.add_argument("--minutes", type=float, default=10, help="for everything (default: 10)")
    return parser.parse_args(arguments)


def main(arguments):
    options = parse(arguments)
    known = {name for name in dir(torchvision.models) if name.startswith("mobilenet_")}
    unknown = [name for name in options.models.split(",") if name not in known]
    if unknown or options.batch < 2 or options.input_size < 32:
        what = f"torchvision has no {unknown[0]}" if unknown else "--batch starts at 2, --input-size at 32"
        print(f"compare_pytorch.py: error: {what}", file=sys.stderr)
        return 2
    deadline = time.monotonic() + 60 * options.minutes
    device = torch.device(options.device)
    if device.type != "cpu" and not torch.cuda.is_available():
        print("compare_pytorch.py: error: this PyTorch sees no GPU; --device cpu works without", file=sys.stderr)
        return 2
    if device.type == "cuda":
        # Events and graphs are of the current device, whatever device the tensors are on.
        torch.cuda.set_device(device if device.index is not None else torch.cuda.current_device())
    torch.backends.cudnn.benchmark = True
    if device.type == "cpu":
        torch.set_num_threads(os.cpu_count() or 1)

    def out_of_time(*_):
        raise OutOfTime("the time was up")

    signal.signal(signal.SIGALRM, out_of_time)
    document = {"format": 1, **machine(device), "input_size": options.input_size, "results": [], "skipped": [], "best": []}
    for mode in modes(options):
        why = unsuitable(mode, device)
        left = deadline - time.monotonic()
        if why is None and left < 3 * options.seconds:
            why = "no time was left"
        if why is not None:
            document["skipped"].append({**mode.json(), "why": why})
            continue
        result = mode.json()
        signal.setitimer(signal.ITIMER_REAL, left)
        try:
            result.update(run(mode, device, options))
            print(f"{mode}: {result['images_per_second']:.1f} images/s", file=sys.stderr, flush=True)
        except Exception as error:  # whatever PyTorch, its compiler or its driver throw: the other modes still count
            result["error"] = f"{type(error).__name__}: {error}"[:1000]
            print(f"{mode}: {result['error'].splitlines()[0]}", file=sys.stderr, flush=True)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        document["results"].append(result)
        document["best"] = best(document["results"])
        write(options.json, document)
        if hasattr(torch, "_dynamo"):
            torch._dynamo.reset()
        gc.collect()
        if device.type == "cuda":
            torch.cuda.empty_cache()
    write(options.json, document)
    if options.json is None:
        print(json.dumps(document, indent=1))
    return 0 if document["best"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
