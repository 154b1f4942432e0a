#include "panels/panels.h"

#include <algorithm>

namespace vkm::demo {
namespace {

constexpr size_t most_in_matrix = 24;  // classes: more cannot be read

// Returns the beginning of a text that fits into a width.
std::string fitting(const std::string& text, float width) {
    if (ImGui::CalcTextSize(text.c_str()).x <= width) return text;
    std::string short_text = text;
    while (!short_text.empty() && ImGui::CalcTextSize((short_text + "…").c_str()).x > width) {
        while (short_text.size() > 1 && (short_text.back() & 0xc0) == 0x80)
            short_text.pop_back();
        short_text.pop_back();
    }
    return short_text + "…";
}

void accuracies(const Widgets& ui, const teach::Judgement& judgement) {
    for (size_t i = 0; i < judgement.class_names.size(); ++i) {
        const train::ClassScore& score = judgement.classes[i];
        const float share =
            score.images > 0 ? static_cast<float>(score.top1_hits) / static_cast<float>(score.images) : 0;
        const std::string counts =
            score.images > 0 ? fmt::format("{} of {}", score.top1_hits, score.images) : "none held out";
        ui.bar(judgement.class_names[i], counts, share,
               packed(share >= 0.9f   ? ui.palette().good
                      : share >= 0.6f ? ui.palette().warn
                                      : ui.palette().bad),
               "accuracy");
    }
}

void matrix(const Widgets& ui, const teach::Judgement& judgement) {
    const size_t classes = judgement.class_names.size();
    if (classes > most_in_matrix) {
        ui.faint(fmt::format("{} classes are too many to draw", classes));
        return;
    }
    const float names = 5.5f * ui.em(), width = ImGui::GetContentRegionAvail().x;
    const float cell = std::min(2.6f * ui.em(), (width - names) / static_cast<float>(classes));
    const ImVec2 at = ImGui::GetCursorScreenPos();
    ImDrawList* const draw = ImGui::GetWindowDrawList();
    for (size_t row = 0; row < classes; ++row) {
        const float y = at.y + static_cast<float>(row) * cell;
        const std::string name = fitting(judgement.class_names[row], names - ui.em() * 0.4f);
        draw->AddText({at.x, y + (cell - ui.em()) / 2}, packed(ui.palette().text), name.c_str());
        const auto images = static_cast<float>(std::max<int64_t>(1, judgement.classes[row].images));
        for (size_t column = 0; column < classes; ++column) {
            const int64_t count = judgement.count(static_cast<int>(row), static_cast<int>(column));
            const float x = at.x + names + static_cast<float>(column) * cell,
                        share = static_cast<float>(count) / images;
            const ImVec4& colour = row == column ? ui.palette().good : ui.palette().bad;
            draw->AddRectFilled(
                {x + 1, y + 1}, {x + cell - 1, y + cell - 1},
                count > 0 ? packed(colour, 0.25f + 0.6f * share) : packed(ui.palette().raised), 3);
            const std::string text = std::to_string(count);
            const ImVec2 extent = ImGui::CalcTextSize(text.c_str());
            if (count > 0 && extent.x < cell)
                draw->AddText({x + (cell - extent.x) / 2, y + (cell - extent.y) / 2},
                              packed(ui.palette().text), text.c_str());
            ui.screen().note_at("confusion",
                                judgement.class_names[row] + " taken for " + judgement.class_names[column], x,
                                y, cell, cell, static_cast<double>(count));
            if (count > 0 && ImGui::IsMouseHoveringRect({x, y}, {x + cell, y + cell}))
                ImGui::SetTooltip("%s", fmt::format("{} of {} taken for {}", count,
                                                    judgement.class_names[row], judgement.class_names[column])
                                            .c_str());
        }
    }
    ImGui::Dummy({width, static_cast<float>(classes) * cell});
}

}  // namespace

void judgement_panel(const Widgets& ui, const Parts& parts) {
    ui.heading("Held-out pictures");
    const auto& judgement = parts.taught->progress.judgement;
    if (!judgement) {
        ui.wrapped("How well each class is told apart is shown here while a lesson is at work.",
                   ui.palette().faint);
        return;
    }
    ui.title(fmt::format("{} of {} right", judgement->hits, judgement->images));
    accuracies(ui, *judgement);
    ImGui::Spacing();
    ui.wrapped("Rows: what they show. Columns, in the same order: what they are taken for.",
               ui.palette().faint);
    matrix(ui, *judgement);
}

}  // namespace vkm::demo
