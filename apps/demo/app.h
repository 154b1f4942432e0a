#pragma once

#include "arguments.h"
#include "parts.h"
#include "view.h"

#include <chrono>
#include <memory>
#include <optional>

namespace vkm::demo {

/// Runs the window: takes snapshots of the parts, has the panels draw them, and does what keys and drops ask for. Its
/// thread waits for nothing but the window.
class App {
  public:
    /// Throws NoDisplay, NoVulkanLoader, NoDevice, NoPresentation, and what the session's files throw.
    explicit App(const Arguments&);
    ~App();

    void run();

  private:
    void take_snapshots();
    void show_new_pictures();
    void draw();
    void take_keys();
    void take_command(const Window::Key&, bool typing);
    void take_key(const Window::Key&);
    void take_drop();
    void record();
    void open(const std::vector<std::filesystem::path>&);
    void paste();
    void choose(const LiveChoice&);
    void take_back_choice();
    void describe();
    double patience() const;
    bool works() const;

    const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
    Arguments arguments_;
    View view_;
    Window window_;
    engine::Instance drawing_;
    /// Of a software driver, whose threads belong to an instance: those that draw stay before those that compute
    /// (base/background_thread.h).
    std::optional<engine::Instance> computing_;
    const engine::Instance& instance_;  ///< that computes
    engine::Presenter presenter_;
    Interface interface_;
    ShownPicture picture_, heat_;
    Thumbnails thumbnails_;
    LiveClassifier live_;
    LayerTimes layers_;
    teach::Session session_;
    SourceThread source_;  ///< shows frames to live_, so it ends before it
    Parts parts_;
    uint64_t chosen_ = 0;  ///< number of the last choice
    uint64_t shown_frame_ = 0, recorded_frame_ = 0, drawn_pictures_ = 0;
    std::shared_ptr<const LiveResult> shown_heat_;
    std::chrono::steady_clock::time_point recorded_;
    std::string described_;
    std::vector<float> frame_ms_;  ///< of the interface itself
    std::chrono::steady_clock::time_point drawn_;
    double first_result_seconds_ = 0;
};

}  // namespace vkm::demo
