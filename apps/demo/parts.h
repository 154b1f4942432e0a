#pragma once

#include "interface/interface.h"
#include "interface/shown_picture.h"
#include "interface/thumbnails.h"
#include "live/layer_times.h"
#include "live/live_classifier.h"
#include "sources/source_thread.h"

#include <teach/session.h>

#include <functional>

namespace vkm::demo {

/// Holds what panels show and ask: each part does its work on threads of its own and answers at once.
struct Parts {
    const engine::Instance& instance;
    Window& window;
    Interface& interface;
    ShownPicture& picture;  ///< the source's newest
    ShownPicture& heat;     ///< the last result's, with its heat map
    Thumbnails& thumbnails;
    SourceThread& source;
    LiveClassifier& live;
    LayerTimes& layers;
    teach::Session& session;

    /// Opens whatever a file or a folder is (opening.h).
    std::function<void(const std::vector<std::filesystem::path>&)> open;
    /// Opens what the clipboard holds: files, or a picture.
    std::function<void()> paste;
    /// Chooses the network, where and how it classifies.
    std::function<void(const LiveChoice&)> choose;
    LiveChoice choice;  ///< the last one

    // The snapshots of this picture.
    std::shared_ptr<const LiveState> now = {};
    std::shared_ptr<const teach::Snapshot> taught = {};
    SourceState source_state = {};
    Frame frame = {};
    std::vector<std::filesystem::path> cameras = {};
};

}  // namespace vkm::demo
