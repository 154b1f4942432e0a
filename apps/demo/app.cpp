#include "app.h"

#include "opening.h"
#include "panels/panels.h"
#include "sources/camera.h"
#include "starter_weights.h"
#include "vulkan/glfw_surface.h"

#include <GLFW/glfw3.h>
#include <base/atomic_file.h>
#include <draw/heat.h>
#include <image/resize.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace vkm::demo {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int most_pixels = 1280;   // of a side of what is shown: no window needs more
constexpr int recorded_side = 320;  // of the short side of what is recorded: more than networks see
constexpr auto between_records = std::chrono::milliseconds(120);
constexpr double busy_wait = 1.0 / 60, working_wait = 0.1, idle_wait = 0.25;  // seconds
constexpr int pictures_after_input = 3;  // Dear ImGui settles within so many

Tab tab_named(const std::string& name) {
    return name == "teach" ? Tab::teach : name == "layers" ? Tab::layers : Tab::live;
}

image::Image with_short_side(const image::Image& picture, int most) {
    const int shorter = std::min(picture.width, picture.height);
    if (shorter <= most) return picture;
    const int height = std::max(1, picture.height * most / shorter),
              width = std::max(1, picture.width * most / shorter);
    return image::resize_bilinear(picture, {.crop = {0, 0, picture.height, picture.width},
                                            .height = height,
                                            .width = width,
                                            .window = {0, 0, height, width}});
}

image::Image with_heat(const LiveResult& result) {
    const infer::HeatMap& map = result.heat->maps.front();
    return draw::overlaid(*result.frame.picture, {map.height, map.width, map.values}, result.heat->seen);
}

double milliseconds(Clock::duration time) {
    return std::chrono::duration<double, std::milli>(time).count();
}

// What devices cannot do is said by whatever is asked of them.
uint32_t device_of(const Arguments& arguments, const engine::Instance& instance) {
    const uint32_t usual = instance.default_device();
    if (!arguments.device) return usual;
    if (*arguments.device >= instance.devices().size())
        throw NoDevice("there is no device {}: `vkmbv3 devices` lists 0 to {}", *arguments.device,
                       instance.devices().size() - 1);
    return *arguments.device;
}

// Returns an instance to compute on, where that should not be the one that draws.
std::optional<engine::Instance> instance_to_compute(const engine::Instance& drawing, uint32_t device) {
    if (drawing.devices()[device].type != engine::DeviceType::cpu) return {};
    return std::optional<engine::Instance>(std::in_place);
}

}  // namespace

App::App(const Arguments& arguments)
    : arguments_(arguments),
      window_("vkmbv3", arguments.width, arguments.height),
      drawing_(engine::Instance::Options{.extensions = window_extensions()}),
      computing_(instance_to_compute(drawing_, device_of(arguments, drawing_))),
      instance_(computing_ ? *computing_ : drawing_),
      presenter_(drawing_, device_of(arguments, drawing_),
                 [this](void* instance) { return make_surface(instance, window_.handle()); }),
      interface_(window_, presenter_),
      picture_(presenter_),
      heat_(presenter_),
      thumbnails_(presenter_, Window::wake),
      live_(instance_, Window::wake),
      layers_(instance_, Window::wake),
      session_(arguments.session, {&instance_, device_of(arguments, instance_), starter_weights()}),
      source_([this] {
          live_.show(source_.newest());
          Window::wake();
      }),
      parts_{.instance = instance_,
             .window = window_,
             .interface = interface_,
             .picture = picture_,
             .heat = heat_,
             .thumbnails = thumbnails_,
             .source = source_,
             .live = live_,
             .layers = layers_,
             .session = session_,
             .open = [this](const auto& paths) { open(paths); },
             .paste = [this] { paste(); },
             .choose = [this](const LiveChoice& choice) { choose(choice); },
             .choice = {.device = device_of(arguments, instance_), .half = arguments.precision == "fp16"},
             .cameras = cameras()} {
    view_.tab = tab_named(arguments.tab);
    view_.dark = arguments.theme == "dark";
    LiveChoice choice = parts_.choice;
    choice.weights = arguments.weights.empty() ? starter_weights() : arguments.weights;
    choice.labels = arguments.labels;
    if (!arguments.weights.empty()) session_.set_weights(std::filesystem::absolute(arguments.weights));
    choose(choice);
    if (!arguments.files.empty())
        open(arguments.files);
    else if (arguments.source.empty() || arguments.source == "samples")
        source_.open(samples());
    else
        source_.open(source_named(arguments.source, arguments.rate));
    take_snapshots();
}

App::~App() {
    source_.open({});
}

void App::choose(const LiveChoice& choice) {
    parts_.choice = choice;
    session_.set_device(choice.device);
    if (!choice.weights.empty()) chosen_ = live_.choose(choice);
}

// Has the controls and later lessons go by what goes on, where the last choice cannot be used.
void App::take_back_choice() {
    const LiveState& now = *parts_.now;
    if (!now.model || now.choices != chosen_ || now.choice_problem.empty() ||
        parts_.choice == now.model->choice)
        return;
    parts_.choice = now.model->choice;
    session_.set_device(parts_.choice.device);
}

void App::open(const std::vector<std::filesystem::path>& paths) {
    const Opening opening = tell_apart(paths);
    if (opening.weights && opening.problem.empty()) {
        LiveChoice choice = parts_.choice;
        choice.weights = *opening.weights;
        choice.labels.clear();
        choose(choice);
        session_.set_weights(std::filesystem::absolute(*opening.weights));
    }
    if (OpenSource source = source_of(opening)) source_.open(std::move(source));
}

void App::paste() {
    const std::vector<std::filesystem::path> files = files_in(window_.clipboard_text());
    if (files.empty())
        source_.open(clipboard_picture());
    else
        open(files);
}

void App::take_snapshots() {
    parts_.now = live_.state();
    parts_.taught = session_.snapshot();
    parts_.source_state = source_.state();
    parts_.frame = source_.newest();
    take_back_choice();
    if (first_result_seconds_ == 0 && parts_.now->result)
        first_result_seconds_ = std::chrono::duration<double>(Clock::now() - started_).count();
    for (const teach::PictureClass& one : *parts_.taught->classes)
        interface_.will_draw(one.name);
    if (parts_.now->result)
        for (size_t i = 0; i < std::min<size_t>(10, parts_.now->result->classes.top.size()); ++i)
            interface_.will_draw(parts_.now->result->classes.top[i].name);
    interface_.will_draw(parts_.frame.name);
}

void App::show_new_pictures() {
    if (parts_.frame.number != shown_frame_) {
        shown_frame_ = parts_.frame.number;
        picture_.set(shown(*parts_.frame.picture, most_pixels));
    }
    if (view_.heat && parts_.now->result && parts_.now->result->heat && parts_.now->result != shown_heat_) {
        shown_heat_ = parts_.now->result;
        heat_.set(shown(with_heat(*shown_heat_), most_pixels));
    }
}

// Returns how long to wait for events: what changes by itself is looked at again. Drawing costs what computes its time
// where both are one processor, so progress is shown ten times a second and no more.
double App::patience() const {
    if (parts_.source_state.moves || view_.repeat || !view_.recording.empty()) return busy_wait;
    return works() ? working_wait : idle_wait;
}

// Returns whether something shows progress.
bool App::works() const {
    return parts_.now->loading || parts_.layers.state()->measuring || parts_.taught->waiting > 0 ||
           teach::at_work(parts_.taught->progress.phase);
}

void App::take_keys() {
    const bool typing = ImGui::GetIO().WantTextInput;
    for (const Window::Key& key : window_.take_keys()) {
        if (key.control)
            take_command(key, typing);
        else if (!typing)
            take_key(key);
    }
    if (typing || view_.tab != Tab::teach || window_.is_down(GLFW_KEY_LEFT_CONTROL)) return;
    const auto& classes = *parts_.taught->classes;
    for (size_t i = 0; i < std::min<size_t>(9, classes.size()); ++i)
        if (window_.is_down(GLFW_KEY_1 + static_cast<int>(i))) view_.recording = classes[i].name;
}

void App::take_command(const Window::Key& key, bool typing) {
    switch (key.key) {
        case GLFW_KEY_1:
        case GLFW_KEY_2:
        case GLFW_KEY_3:
            view_.tab = static_cast<Tab>(key.key - GLFW_KEY_1);
            break;
        case GLFW_KEY_Q:
            window_.close();
            break;
        case GLFW_KEY_O:
            view_.focus_path = true;
            break;
        case GLFW_KEY_S:
            if (view_.tab == Tab::teach) save_taught(parts_, view_);
            break;
        case GLFW_KEY_V:
            if (!typing) paste();
            break;
        case GLFW_KEY_Z:
            if (!typing && view_.tab == Tab::teach) session_.undo();
            break;
        default:
            break;
    }
}

void App::take_key(const Window::Key& key) {
    const bool arrow = key.key == GLFW_KEY_LEFT || key.key == GLFW_KEY_RIGHT;
    if (arrow && !parts_.source_state.moves) source_.step(key.key == GLFW_KEY_LEFT);
    if (key.key != GLFW_KEY_H || key.repeated || view_.tab != Tab::live) return;
    view_.heat = !view_.heat;
    live_.explain(view_.heat);
}

// Adds the newest frame to the class whose button or key is held, each frame once.
void App::record() {
    if (view_.recording.empty() || parts_.frame.number == 0 || parts_.frame.number == recorded_frame_) return;
    if (parts_.source_state.moves && Clock::now() - recorded_ < between_records) return;
    recorded_ = Clock::now();
    recorded_frame_ = parts_.frame.number;
    image::Image picture = with_short_side(*parts_.frame.picture, recorded_side);
    if (parts_.source_state.moves)
        session_.add_frame(view_.recording, std::move(picture));
    else
        session_.add_picture(view_.recording, std::move(picture));
}

// Pictures that are dropped onto a class are taught; all else is opened.
void App::take_drop() {
    const Window::Drop drop = window_.take_drop();
    if (drop.files.empty()) return;
    const Opening opening = tell_apart(drop.files);
    if (!opening.pictures.empty() && view_.tab == Tab::teach)
        for (const ScreenItem& item : interface_.screen().items()) {
            const bool inside = drop.x >= item.x && drop.x < item.x + item.width && drop.y >= item.y &&
                                drop.y < item.y + item.height;
            if (item.role != "class" || !inside) continue;
            session_.add_files(item.text, drop.files);  // and says which of them is no picture
            return;
        }
    open(drop.files);
}

void App::draw() {
    const ImGuiViewport& viewport = *ImGui::GetMainViewport();
    ImGui::SetNextWindowPos(viewport.Pos);
    ImGui::SetNextWindowSize(viewport.Size);
    ImGui::Begin("vkmbv3", nullptr,
                 ImGuiWindowFlags_NoBackground | ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                     ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoBringToFrontOnFocus |
                     ImGuiWindowFlags_NoScrollWithMouse);
    const Widgets ui = interface_.widgets();
    top_bar(ui, parts_, view_);
    const float status = status_height(ui, parts_, view_);
    ImGui::BeginChild("panel", {0, std::max(1.0f, ImGui::GetContentRegionAvail().y - status)}, false,
                      ImGuiWindowFlags_NoBackground | ImGuiWindowFlags_NoScrollbar);
    view_.recording.clear();
    if (view_.tab == Tab::live) live_panel(ui, parts_, view_);
    if (view_.tab == Tab::teach) teach_panel(ui, parts_, view_);
    if (view_.tab == Tab::layers) layers_panel(ui, parts_, view_);
    ImGui::EndChild();
    status_line(ui, parts_, view_);
    ImGui::End();
    take_keys();
    record();
}

// Writes what the window shows, where that has changed.
void App::describe() {
    if (arguments_.describe.empty()) return;
    const Window::Size size = window_.pixels();
    Screen& screen = interface_.screen();
    screen.note_at("first result", "seconds", 0, 0, 0, 0, first_result_seconds_);
    screen.note_at("source", "pictures so far", 0, 0, 0, 0, static_cast<double>(parts_.frame.number));
    screen.note_at("drawn", "pictures so far", 0, 0, 0, 0, static_cast<double>(drawn_pictures_));
    std::vector<float> sorted = frame_ms_;
    std::ranges::sort(sorted);
    if (!sorted.empty())
        screen.note_at("frames", "95th percentile, milliseconds", 0, 0, 0, 0,
                       static_cast<double>(sorted[sorted.size() * 95 / 100]));
    std::string text = screen.json(size.width, size.height);
    if (text == described_) return;
    described_ = std::move(text);
    write_atomically(arguments_.describe, described_);
}

void App::run() {
    int due = pictures_after_input;
    while (!window_.wants_to_close()) {
        window_.wait_for_events(due > 0 ? 0 : patience());
        const auto start = Clock::now();
        const auto [now, taught, frame] = std::tuple(parts_.now, parts_.taught, parts_.frame.number);
        take_drop();
        live_.rest(view_.tab != Tab::live);  // nobody sees what it makes of the frames
        take_snapshots();
        const bool changed = now != parts_.now || frame != parts_.frame.number ||
                             taught->notice.number != parts_.taught->notice.number || works();
        if (window_.take_input()) due = pictures_after_input;
        if (due == 0 && !changed && Clock::now() - drawn_ < std::chrono::milliseconds(100)) continue;
        drawn_ = Clock::now();
        show_new_pictures();
        if (!interface_.begin(view_.dark)) {
            due = 0;
            continue;
        }
        thumbnails_.begin();
        draw();
        interface_.end();
        due = std::max(0, due - 1);
        ++drawn_pictures_;
        frame_ms_.push_back(static_cast<float>(milliseconds(Clock::now() - start)));
        if (frame_ms_.size() > 600) frame_ms_.erase(frame_ms_.begin());
        describe();
    }
}

}  // namespace vkm::demo
