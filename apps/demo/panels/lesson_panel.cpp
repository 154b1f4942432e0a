#include "panels/panels.h"

#include "opening.h"

#include <cmath>

namespace vkm::demo {
namespace {

std::string duration(double seconds) {
    if (seconds < 90) return fmt::format("{:.0f} s", std::ceil(seconds));
    return fmt::format("{:.0f} min", std::ceil(seconds / 60));
}

std::string how_it_goes(const teach::Progress& p) {
    switch (p.phase) {
        case teach::Phase::none:
            return "";
        case teach::Phase::preparing:
            return p.doing + " …";
        case teach::Phase::training:
            return fmt::format("epoch {} of {}, {:.0f} pictures/s{}", std::min(p.epoch + 1, p.epochs),
                               p.epochs, p.images_per_second,
                               p.seconds_left ? ", " + duration(*p.seconds_left) + " left" : "");
        case teach::Phase::pausing:
            return "pausing …";
        case teach::Phase::paused:
            return fmt::format("paused in epoch {} of {}", std::min(p.epoch + 1, p.epochs), p.epochs);
        case teach::Phase::finished:
            return "finished" + (p.seconds > 0 ? " in " + duration(p.seconds) : "") +
                   (p.best_top1 ? fmt::format("; the best is kept: {:.1f} % of the held-out pictures right",
                                              100 * *p.best_top1)
                                : "");
        case teach::Phase::failed:
            return "stopped";
    }
    return "";
}

void settings(const Widgets& ui, View& view, bool enabled) {
    teach::Lesson& lesson = view.lesson;
    ImGui::BeginDisabled(!enabled);
    for (const teach::ReachRow& row : teach::reaches()) {
        if (ui.radio(std::string(row.described), lesson.reach == row.reach)) lesson.reach = row.reach;
        ui.hint(row.reach == teach::Reach::head          ? "Fast, for a few pictures"
                : row.reach == teach::Reach::last_stages ? "Better where pictures are unlike photographs"
                                                         : "Best with many pictures, and slowest");
        ImGui::SameLine();
    }
    ImGui::NewLine();
    int epochs = static_cast<int>(lesson.epochs > 0 ? lesson.epochs : teach::row_of(lesson.reach).epochs);
    if (ui.whole_number("epochs", epochs, 1, 1000, 7.5f * ui.em())) lesson.epochs = epochs;
    ui.hint("How often every picture is seen");
    ImGui::SameLine();
    int held_out = static_cast<int>(std::lround(100 * lesson.held_out));
    if (ui.whole_number("% held out", held_out, 5, 50, 7.5f * ui.em())) lesson.held_out = held_out / 100.0;
    ui.hint("Pictures that are not taught, to see what was learned");
    ImGui::SameLine();
    ui.toggle("mirror", lesson.mirror);
    ui.hint("Show pictures mirrored, too: not where left and right matter");
    ImGui::EndDisabled();
}

void controls(const Widgets& ui, Parts& parts, View& view) {
    const teach::Snapshot& taught = *parts.taught;
    const bool at_work = teach::at_work(taught.progress.phase);
    if (at_work) {
        if (ui.primary("Pause", taught.progress.phase != teach::Phase::pausing)) parts.session.pause();
    } else {
        if (ui.primary(taught.can_resume ? "Start anew" : "Start teaching", taught.waiting == 0))
            parts.session.start(view.lesson);
        if (taught.can_resume) {
            ImGui::SameLine();
            if (ui.button("Resume", taught.waiting == 0)) parts.session.resume();
        }
    }
    ImGui::SameLine();
    const bool has_weights = !taught.progress.weights.empty();
    if (ui.button("Try it live", has_weights)) {
        LiveChoice choice = parts.choice;
        choice.weights = taught.progress.weights;
        choice.labels.clear();
        parts.choose(choice);
        view.tab = Tab::live;
    }
    ui.hint("Classify with what was taught");
    ImGui::SameLine();
    ui.text_input("##export", "file", view.export_file,
                  std::max(6 * ui.em(), ImGui::GetContentRegionAvail().x - 4.5f * ui.em()));
    ui.hint("Its ending chooses the format: .safetensors, .onnx, .pth");
    ImGui::SameLine();
    if (ui.button("Save", has_weights && !view.export_file.empty())) save_taught(parts, view);
    ui.hint("Save what was taught (Ctrl+S)");
}

}  // namespace

void save_taught(Parts& parts, View& view) {
    parts.session.export_to(typed_path(view.export_file), view.exported_file == view.export_file);
    // Asked for too early, it says so, and has not shown what it would replace.
    if (!parts.taught->progress.weights.empty()) view.exported_file = view.export_file;
}

void lesson_panel(const Widgets& ui, Parts& parts, View& view) {
    const teach::Progress& progress = parts.taught->progress;
    ui.heading("Teach");
    settings(ui, view, !teach::at_work(progress.phase));
    controls(ui, parts, view);
    if (progress.phase != teach::Phase::none)
        ui.progress(static_cast<float>(progress.share), how_it_goes(progress));
    if (progress.phase == teach::Phase::failed) ui.problem(progress.problem);
    if (parts.taught->weights.empty())
        ui.wrapped("Drop a weights file to start from: trained weights learn from far fewer pictures.",
                   ui.palette().warn);
}

}  // namespace vkm::demo
