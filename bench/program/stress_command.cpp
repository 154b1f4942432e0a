#include "commands.h"

#include <base/atomic_file.h>
#include <base/interrupt.h>
#include <bench/deadline.h>
#include <bench/stress_chart.h>
#include <draw/svg.h>

#include <fmt/core.h>

#include <algorithm>

namespace vkm::bench {
namespace {

StressOptions stress_options(const ProgramOptions& options) {
    StressOptions stress;
    stress.model = graph::model_config(networks_or(options, {"mobilenet_v3_large"}).front());
    if (options.suite.selection.input_size > 0) stress.model.input_size = options.suite.selection.input_size;
    // The lists of the suite, of which one is meant here where they were given.
    if (options.suite.selection.batches != SuiteOptions{}.selection.batches)
        stress.batch = options.suite.selection.batches.front();
    if (options.precisions.size() == 1 && options.precisions.front() == "fp16")
        stress.precision = graph::DType::f16;
    stress.seconds = 60 * options.stress_minutes;
    stress.interrupted = options.interrupted;
    return stress;
}

}  // namespace

int stress_command(const ProgramOptions& options) {
    const StressOptions stress = stress_options(options);
    const engine::Instance instance;
    const auto device = open_chosen(instance, options);
    const std::string what =
        fmt::format("{}, batch {}, {}", networks_or(options, {"mobilenet_v3_large"}).front(), stress.batch,
                    stress.precision == graph::DType::f16 ? "amp" : "fp32");
    if (!options.suite.quiet)
        fmt::print(stderr, "{}: {}, {:g} minutes\n", device->description(), what, options.stress_minutes);
    std::vector<StressPass> passes;
    const StateWatch watch(device->snapshot());
    const auto draw = [&] {
        if (passes.empty()) return;
        const std::string title = fmt::format("{}: {}", device->description(), what);
        if (!options.chart.empty()) write_atomically(options.chart, draw::svg(stress_chart(passes, title)));
        fmt::print("{}\n", stress_text(passes));
        if (const auto seen = watch.seen()) fmt::print("{}\n", in_words(*seen));
    };
    try {
        const Deadline deadline(Deadline::never, *options.interrupted, [] { return interrupt_status(); });
        run_stress(*device, stress, [&](const StressPass& pass) {
            passes.push_back(pass);
            if (!options.suite.quiet)
                fmt::print(stderr, "pass {}, {:.0f} s: {:.1f} images/s, the same bits\n", passes.size(),
                           pass.at, pass.images_per_second);
        });
    } catch (const WrongBits&) {
        draw();  // it may show what came before
        throw;
    }
    draw();
    if (*options.interrupted) fmt::print(stderr, "stopped\n");
    const Course course = course_of(passes);
    fmt::print(
        "{} passes, every one with the same bits; {:.1f} images a second at the beginning, {:.1f} at the end{}\n",
        passes.size(), course.first, course.last,
        course.last < 0.95 * course.first
            ? fmt::format(": {:.0f} % slower", 100 * (1 - course.last / course.first))
            : "");
    return *options.interrupted ? interrupt_status() : 0;
}

}  // namespace vkm::bench
