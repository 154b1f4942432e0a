#pragma once

#include "parts.h"
#include "view.h"

namespace vkm::demo {

/// Here are the window's panels, a file each. A panel draws what the parts' snapshots say into the region that is left,
/// changes the view by what a person does, and asks the parts for the rest.

void top_bar(const Widgets&, Parts&, View&);
void live_panel(const Widgets&, Parts&, View&);
void teach_panel(const Widgets&, Parts&, View&);
void layers_panel(const Widgets&, Parts&, View&);
/// Returns the height of the last line, which is more than one where there is more to say.
float status_height(const Widgets&, const Parts&, const View&);
void status_line(const Widgets&, Parts&, View&);

/// The source's buttons: camera, samples, paste, a path to open, the next and the previous picture.
void source_bar(const Widgets&, Parts&, View&);
/// The newest picture, with its heat map where that is wanted, as large as fits into the size.
void picture_view(const Widgets&, Parts&, const View&, ImVec2 size);
/// The most probable classes.
void result_bars(const Widgets&, const Parts&, const View&);
/// The times of the last frames.
void time_graph(const Widgets&, const Parts&, float height);

/// Classes and their pictures.
void classes_panel(const Widgets&, Parts&, View&);
/// What to train, and how it goes.
void lesson_panel(const Widgets&, Parts&, View&);
/// Saves what was taught under the name that is typed. A file that is there is replaced when it is asked for again.
void save_taught(Parts&, View&);
/// Loss and accuracy by step.
void curves_panel(const Widgets&, const Parts&, float height);
/// Accuracy by class and what is taken for what.
void judgement_panel(const Widgets&, const Parts&);
/// The held-out pictures with the largest losses; a click moves one to the class that it shows.
void worst_panel(const Widgets&, Parts&, View&);

}  // namespace vkm::demo
