#include "interface/interface.h"

#include "interface/font_files.h"

#include <backends/imgui_impl_glfw.h>
#include <imgui_freetype.h>

#include <cmath>

namespace vkm::demo {
namespace {

constexpr float text_pixels = 15, large_pixels = 26;
constexpr size_t most_fonts = 3;  // the first that have a letter

static_assert(sizeof(ImDrawVert) == sizeof(engine::DrawVertex) &&
              sizeof(ImDrawIdx) == sizeof(engine::DrawIndex));

engine::DrawVertex vertex_of(const ImDrawVert& v) {
    return {v.pos.x, v.pos.y, v.uv.x, v.uv.y, v.col};
}

}  // namespace

Interface::Interface(Window& window, engine::Presenter& presenter) : window_(window), presenter_(presenter) {
    IMGUI_CHECKVERSION();
    ImGui::CreateContext();
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;  // nothing is written where the program was started
    io.ConfigFlags |= ImGuiConfigFlags_NavEnableKeyboard;
    io.BackendFlags |= ImGuiBackendFlags_RendererHasVtxOffset;
    ImGui_ImplGlfw_InitForOther(window.handle(), true);
}

Interface::~Interface() {
    ImGui_ImplGlfw_Shutdown();
    ImGui::DestroyContext();
}

void Interface::make_font() {
    ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
    atlas.Clear();
    atlas.FontBuilderIO = ImGuiFreeType::GetBuilderForFreeType();
    atlas.FontBuilderFlags = ImGuiFreeTypeBuilderFlags_LightHinting;
    const ImWchar* const ranges = letters_.ranges();
    const std::vector<std::filesystem::path> files = font_files(most_fonts);
    const auto add = [&](float pixels) {
        ImFont* font = nullptr;
        for (const std::filesystem::path& file : files) {
            ImFontConfig config;
            config.MergeMode = font != nullptr;
            ImFont* const added =
                atlas.AddFontFromFileTTF(file.c_str(), std::round(pixels * scale_), &config, ranges);
            if (font == nullptr) font = added;
        }
        return font != nullptr ? font : atlas.AddFontDefault();
    };
    add(text_pixels);
    large_ = add(large_pixels);
    unsigned char* pixels = nullptr;
    int width = 0, height = 0;
    atlas.GetTexDataAsRGBA32(&pixels, &width, &height);
    presenter_.drop(font_);
    font_ = presenter_.make_texture(width, height);
    presenter_.update(font_, {0, 0, width, height},
                      std::span(pixels, static_cast<size_t>(width) * static_cast<size_t>(height) * 4));
    atlas.SetTexID(imgui_texture(font_));
    letters_missing_ = false;
}

bool Interface::begin(bool dark) {
    const Window::Size size = window_.pixels();
    if (size.width <= 0 || size.height <= 0) return false;
    const float scale = window_.scale();
    const Palette* const palette = dark ? &dark_palette() : &light_palette();
    const bool another_scale = scale != scale_;
    if (another_scale || palette != palette_) apply(*palette, scale);
    scale_ = scale;
    palette_ = palette;
    if (another_scale || letters_missing_) make_font();
    ImGui_ImplGlfw_NewFrame();
    ImGui::NewFrame();
    screen_.begin();
    return true;
}

void Interface::end() {
    ImGui::Render();
    const ImDrawData& data = *ImGui::GetDrawData();
    const ImVec2 pixels = data.FramebufferScale;
    vertices_.clear();
    indices_.clear();
    commands_.clear();
    for (int list = 0; list < data.CmdListsCount; ++list) {
        const ImDrawList& triangles = *data.CmdLists[list];
        const auto first_vertex = static_cast<int32_t>(vertices_.size());
        const auto first_index = static_cast<uint32_t>(indices_.size());
        for (const ImDrawVert& v : triangles.VtxBuffer) {
            engine::DrawVertex vertex = vertex_of(v);
            vertex.x = (vertex.x - data.DisplayPos.x) * pixels.x;
            vertex.y = (vertex.y - data.DisplayPos.y) * pixels.y;
            vertices_.push_back(vertex);
        }
        indices_.insert(indices_.end(), triangles.IdxBuffer.begin(), triangles.IdxBuffer.end());
        for (const ImDrawCmd& command : triangles.CmdBuffer) {
            if (command.UserCallback != nullptr || command.ElemCount == 0) continue;
            const ImVec4& clip = command.ClipRect;
            const int left = static_cast<int>((clip.x - data.DisplayPos.x) * pixels.x),
                      top = static_cast<int>((clip.y - data.DisplayPos.y) * pixels.y);
            commands_.push_back(
                {engine::TextureId(static_cast<uint32_t>(reinterpret_cast<uintptr_t>(command.TextureId))),
                 {left, top, static_cast<int>(std::ceil((clip.z - data.DisplayPos.x) * pixels.x)) - left,
                  static_cast<int>(std::ceil((clip.w - data.DisplayPos.y) * pixels.y)) - top},
                 first_index + command.IdxOffset,
                 command.ElemCount,
                 first_vertex + static_cast<int32_t>(command.VtxOffset)});
        }
    }
    presenter_.present({static_cast<int>(data.DisplaySize.x * pixels.x),
                        static_cast<int>(data.DisplaySize.y * pixels.y),
                        {palette_->paper.x, palette_->paper.y, palette_->paper.z},
                        vertices_,
                        indices_,
                        commands_});
}

}  // namespace vkm::demo
