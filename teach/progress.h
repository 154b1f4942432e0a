#pragma once

#include <teach/lesson.h>
#include <train/report/class_report.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vkm::teach {

/// Says where a lesson is.
enum class Phase : uint8_t {
    none,       ///< there was none in this session yet
    preparing,  ///< reads pictures, opens the device, compiles
    training,
    pausing,  ///< ends the step that it is in, and saves
    paused,   ///< may go on, also in another process
    finished,
    failed  ///< Progress::problem says why
};
/// Returns whether a lesson in this phase is at work.
bool at_work(Phase);

/// Holds what a lesson's curves are made of.
struct Curves {
    struct Step {
        int64_t step;
        double loss;
        double top1;  ///< of the step's own batch, a fraction
    };
    struct Validation {
        int64_t step;
        double loss, top1;
    };
    std::vector<Step> steps;
    std::vector<Validation> validations;
};

/// Holds what the network makes of the pictures that were held out.
struct Judgement {
    struct Picture {
        std::string file;  ///< in its session
        int label = 0, predicted = 0;
        double loss = 0, confidence = 0;
    };
    std::vector<std::string> class_names;
    std::vector<train::ClassScore> classes;
    std::vector<int64_t> confusion;  ///< [label][predicted]
    std::vector<Picture> worst;      ///< the largest losses first
    int64_t images = 0, hits = 0;

    int64_t count(int label, int predicted) const {
        return confusion[static_cast<size_t>(label) * class_names.size() + static_cast<size_t>(predicted)];
    }
};

/// Holds all that a person may see of a lesson.
struct Progress {
    Phase phase = Phase::none;
    Lesson lesson = {};      ///< resolved
    std::string doing = {};  ///< "compiling 12 of 80 kernels"
    double share = 0;        ///< of the whole lesson that is done, 0 to 1
    int64_t epoch = 0, epochs = 0, step = 0, steps = 0;
    double images_per_second = 0;
    std::optional<double> seconds_left = {};
    double seconds = 0;       ///< of work in this process
    std::string device = {};  ///< "device 0 (llvmpipe)"
    std::shared_ptr<const Curves> curves = std::make_shared<Curves>();
    std::shared_ptr<const Judgement> judgement = {};  ///< the last one; null: none yet
    std::optional<double> best_top1 = {};             ///< on held-out pictures, of the weights that are kept
    /// The best file so far; empty: none yet. That of the lesson before where this one ended without.
    std::string weights = {};
    std::string folder = {};  ///< of the run
    std::string problem = {};
};

}  // namespace vkm::teach
