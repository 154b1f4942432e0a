#include <graph/weights/weights_file.h>
#include <image/decode/decode.h>
#include <image/find_images.h>
#include <infer/classifier.h>
#include <teach/judgement_file.h>
#include <teach/lesson_thread.h>
#include <teach/pictures_in_memory.h>
#include <teach/session_lock.h>
#include <teach/task_queue.h>
#include <teach/teach_error.h>
#include <train/checkpoint.h>

#include <algorithm>

namespace vkm::teach {
namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& path) {
    std::error_code unknown;
    return !path.empty() && fs::exists(path, unknown);
}

// Returns a path as the session's record keeps it: the next program may be started in another folder.
std::string kept_path(const fs::path& file) {
    return file.empty() ? std::string() : fs::absolute(file).string();
}

// Adds pictures of formats that cannot be read to `others`: they are left out, and that is said.
std::vector<fs::path> images_of(const std::vector<fs::path>& files, std::vector<std::string>& others) {
    std::vector<fs::path> images;
    for (const fs::path& file : files) {
        std::error_code unknown;
        if (!fs::is_directory(file, unknown)) {
            images.push_back(file);
            continue;
        }
        image::PassedOver passed_over;
        for (const std::string& path : image::find_images(file, "", passed_over))
            images.push_back(file / path);
        std::ranges::move(passed_over.other_images, std::back_inserter(others));
    }
    std::ranges::sort(others);
    return images;
}

// Throws where a run has begun with other pictures: held-out ones might have become taught ones.
void require_same_pictures(const train::Position& run, const train::HeldBack& data) {
    const std::pair<std::string, std::string> taught{"training images",
                                                     std::to_string(data.training->size())};
    for (const auto& [name, value] : {held_out_setting(data), taught}) {
        const auto before = run.run.find(name);
        if (before != run.run.end() && before->second != value)
            throw TeachError(
                "the pictures are not those that the lesson began with: take the changes back (undo), or start anew");
    }
}

// Returns the folder of the next lesson: the first free of runs/001, runs/002, …
std::string next_run(const fs::path& session) {
    for (int number = 1;; ++number) {
        std::string name = fmt::format("{:03}", number);
        std::error_code unknown;
        const fs::path run = session / "runs" / name;
        if (!is_there(run) || fs::is_empty(run, unknown)) return name;
    }
}

// Returns whether a run has written anything that could be gone on with.
bool has_begun(const fs::path& run) {
    return train::checkpoint_exists(run / "checkpoint") || is_there(run / "config.yaml");
}

// Returns where a run of another process stands.
Progress progress_of(const fs::path& run, const Lesson& lesson) {
    Progress progress;
    progress.lesson = lesson;
    progress.epochs = lesson.epochs;
    progress.folder = run.string();
    if (!has_begun(run)) return progress;
    const bool has_checkpoint = train::checkpoint_exists(run / "checkpoint");
    progress.phase = Phase::paused;
    progress.curves = std::make_shared<Curves>(curves_of(run));
    progress.judgement = read_judgement(run);
    const auto& validations = progress.curves->validations;
    const auto best = std::ranges::min_element(validations, {}, &Curves::Validation::loss);
    if (best != validations.end()) progress.best_top1 = best->top1;
    if (has_checkpoint) {
        const train::Position position = train::read_position(run / "checkpoint");
        progress.step = position.step;
        progress.epoch = position.epoch;
        progress.share =
            static_cast<double>(position.epoch) / static_cast<double>(std::max<int64_t>(1, lesson.epochs));
        if (position.epoch >= lesson.epochs) progress.phase = Phase::finished;
    }
    if (is_there(run / "best.safetensors")) progress.weights = (run / "best.safetensors").string();
    return progress;
}

}  // namespace

struct Session::Impl {
    Impl(fs::path session, const Options& wanted)
        : folder(std::move(session)),
          lock(folder),
          record(read_record(folder)),
          store(folder, record.classes),
          device(wanted.device),
          lessons(*wanted.instance, wanted.open_device, box) {
        if (!is_there(record.weights)) record.weights = kept_path(wanted.weights);
        if (!record.run_before.empty() && !has_begun(run_folder())) go_back();
        const bool has_run = !record.run.empty();
        const Progress progress = has_run ? progress_of(run_folder(), record.lesson) : Progress{};
        box.change([&](Snapshot& s) {
            s.progress = progress;
            s.can_resume = progress.phase == Phase::paused;
        });
        publish();
    }

    fs::path run_folder() const { return folder / "runs" / record.run; }

    /// Has the lesson before the last one be the last.
    void go_back() {
        record.run = std::exchange(record.run_before, {});
        record.lesson = std::exchange(record.lesson_before, {});
    }

    /// Shows what the store and the record hold, and keeps the record.
    void publish() {
        box.change([&](Snapshot& s) {
            s.classes = std::make_shared<std::vector<PictureClass>>(store.classes());
            s.undoable = store.undoable();
            s.weights = record.weights;
        });
        SessionRecord next = record;
        next.classes = store.classes();
        for (PictureClass& one : next.classes)
            one.pictures.clear();
        if (next == written) return;
        write_record(folder, next);
        written = next;
        record.classes = next.classes;
    }

    /// Returns what went wrong, and tells it.
    std::exception_ptr attempt(const std::function<void()>& task) {
        try {
            task();
            return nullptr;
        } catch (const std::exception& error) {
            box.tell(error.what(), true);
            return std::current_exception();
        }
    }

    /// Has something done behind what is asked for already. A failure is told.
    std::future<void> ask(std::function<void()> task) {
        auto done = std::make_shared<std::promise<void>>();
        tasks.add([this, task = std::move(task), done] {
            std::exception_ptr failure = attempt(task);
            const std::exception_ptr unwritten = attempt([this] { publish(); });
            if (!failure) failure = unwritten;
            if (failure)
                done->set_exception(failure);
            else
                done->set_value();
        });
        return done->get_future();
    }

    /// Returns what a lesson is about, which starts from these weights or has been there before.
    LessonSubject subject(const Lesson& lesson, const fs::path& weights) {
        auto pictures = std::make_shared<PicturesInMemory>(store);
        LessonSubject subject;
        subject.data = train::hold_back(pictures, {lesson.held_out, lesson.seed, held_out_of_each});
        subject.lesson = resolved(lesson, subject.data.training->size());
        subject.initial = infer::open_model(weights);
        subject.model = *subject.initial.config;
        subject.model.num_classes = pictures->num_classes();
        subject.origin = {store.folder(), record.weights, device};
        subject.folder = run_folder();
        return subject;
    }

    void start(const Lesson& lesson) {
        require_idle();
        if (record.weights.empty())
            throw TeachError("there are no weights to start from: drop a weights file onto the window");
        const SessionRecord before = record;
        if (!record.run.empty() && has_begun(run_folder())) {
            record.run_before = record.run;
            record.lesson_before = record.lesson;
        }
        record.run = next_run(folder);
        try {
            LessonSubject next = subject(lesson, record.weights);
            record.lesson = next.lesson;
            publish();
            lessons.start(std::move(next), Progress{});
        } catch (...) {
            record = before;
            throw;
        }
    }

    void resume() {
        require_idle();
        if (record.run.empty() || box.get()->progress.phase == Phase::finished)
            throw TeachError("there is no lesson to go on with: start one");
        const fs::path so_far = run_folder() / "weights.safetensors";
        const bool has_checkpoint = train::checkpoint_exists(run_folder() / "checkpoint");
        LessonSubject next =
            subject(record.lesson, has_checkpoint && is_there(so_far) ? so_far : fs::path(record.weights));
        if (has_checkpoint)
            require_same_pictures(train::read_position(run_folder() / "checkpoint"), next.data);
        lessons.start(std::move(next), box.get()->progress);
    }

    void require_idle() const {
        // A lesson that has told its end may still close its device.
        if (!teach::at_work(box.get()->progress.phase)) lessons.wait();
        if (lessons.at_work()) throw TeachError("a lesson is at work: pause it first");
    }

    void export_to(const fs::path& file, bool may_replace) {
        const std::string taught = box.get()->progress.weights;
        if (taught.empty()) throw TeachError("nothing was taught yet: start a lesson first");
        if (!may_replace && is_there(file))
            throw TeachError("{} is there already: save once more to replace it, or give another name",
                             fs::absolute(file).string());
        const graph::ModelFile model = infer::open_model(taught);
        graph::save_weights(file,
                            graph::complete_state_dict(*model.config, model.weights, model.class_names));
        box.tell(fmt::format("saved {}", fs::absolute(file).string()), false);
    }

    const fs::path folder;
    const SessionLock lock;
    SnapshotBox box;
    // These belong to the thread of the tasks.
    SessionRecord record;
    std::optional<SessionRecord> written;
    PictureStore store;
    uint32_t device;

    LessonThread lessons;
    TaskQueue tasks;  ///< ends first
};

Session::Session(fs::path folder, const Options& options)
    : impl_(std::make_unique<Impl>(std::move(folder), options)) {}
Session::~Session() = default;

std::shared_ptr<const Snapshot> Session::snapshot() const {
    auto snapshot = std::make_shared<Snapshot>(*impl_->box.get());
    snapshot->waiting = impl_->tasks.waiting();
    return snapshot;
}

fs::path Session::folder() const {
    return impl_->folder;
}

fs::path Session::path_of(const std::string& class_name, const std::string& file) const {
    return impl_->folder / "pictures" / class_name / file;
}

std::future<void> Session::add_class(std::string name, bool background) {
    return impl_->ask([=, this] { impl_->store.add_class(name, background); });
}
std::future<void> Session::rename_class(std::string name, std::string new_name) {
    return impl_->ask([=, this] { impl_->store.rename_class(name, new_name); });
}
std::future<void> Session::set_background(std::string name, bool background) {
    return impl_->ask([=, this] { impl_->store.set_background(name, background); });
}
std::future<void> Session::remove_class(std::string name) {
    return impl_->ask([=, this] { impl_->store.remove_class(name); });
}
std::future<void> Session::add_picture(std::string class_name, image::Image picture) {
    return impl_->ask([=, this, picture = std::move(picture)] { impl_->store.add(class_name, picture); });
}

std::future<void> Session::add_frame(std::string class_name, image::Image frame) {
    return impl_->ask([=, this, frame = std::move(frame), now = std::chrono::steady_clock::now()] {
        impl_->store.add_frame(class_name, frame, now);
    });
}

std::future<void> Session::add_files(std::string class_name, std::vector<fs::path> files) {
    return impl_->ask([=, this] {
        std::string first_problem;
        std::vector<std::string> others;
        size_t refused = 0, added = 0;
        const size_t before = impl_->store.changes();
        for (const fs::path& file : images_of(files, others)) {
            try {
                impl_->store.add_file(class_name, file);
                ++added;
            } catch (const std::exception& error) {
                if (refused++ == 0) first_problem = error.what();
            }
        }
        if (added > 1)
            impl_->store.join_changes(before, fmt::format("adding {} pictures to {}", added, class_name));
        if (refused == 0 && !others.empty())
            first_problem = fmt::format("{} is of a format that cannot be read: convert it, to JPEG or PNG",
                                        others.front());
        refused += others.size();
        if (refused == 1) throw TeachError("{}", first_problem);
        if (refused > 1) throw TeachError("{}; and {} more could not be added", first_problem, refused - 1);
        if (added == 0) throw TeachError("there are no pictures in what was dropped");
    });
}

std::future<void> Session::relabel(std::string file, std::string class_name) {
    return impl_->ask([=, this] { impl_->store.relabel(file, class_name); });
}
std::future<void> Session::remove_picture(std::string file) {
    return impl_->ask([=, this] { impl_->store.remove(file); });
}
std::future<void> Session::undo() {
    return impl_->ask([this] { impl_->box.tell("undone: " + impl_->store.undo(), false); });
}
std::future<void> Session::set_weights(fs::path weights) {
    return impl_->ask([=, this] {
        static_cast<void>(infer::open_model(weights));  // refused here: those before go on
        impl_->record.weights = kept_path(weights);
    });
}
std::future<void> Session::set_device(uint32_t device) {
    return impl_->ask([=, this] { impl_->device = device; });
}
std::future<void> Session::start(const Lesson& lesson) {
    return impl_->ask([=, this] { impl_->start(lesson); });
}
void Session::pause() {
    impl_->lessons.pause();
}
std::future<void> Session::resume() {
    return impl_->ask([this] { impl_->resume(); });
}
std::future<void> Session::export_to(fs::path file, bool may_replace) {
    return impl_->ask([=, this] { impl_->export_to(file, may_replace); });
}

void Session::wait() const {
    impl_->tasks.wait();
    impl_->lessons.wait();
}

}  // namespace vkm::teach
