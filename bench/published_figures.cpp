#include <bench/published_figures.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace vkm::bench {
namespace {

// Names in small letters, with spaces for everything that is neither letter nor digit.
struct Device {
    std::string_view name;
    double v2, v3_large;
};

// ms of one image, batch 1, least of the runs.
constexpr Device ncnn[] = {{"rtx 3060 ti", 1.09, 1.33},      {"tesla v100", 1.60, 1.84},
                           {"rx 6900 xt", 2.29, 2.31},       {"apple m3", 1.68, 1.71},
                           {"uhd graphics 770", 4.03, 4.45}, {"vega 8", 7.95, 8.70},
                           {"adreno x1 85", 4.06, 4.61},     {"adreno 740", 14.0, 16.7},
                           {"mali g720", 4.31, 19.8},        {"mali g610", 10.2, 8.0}};

// Images a second of training, fp32, 224 px: the OpenCL trainer, and PyTorch on the vendor's own stack.
struct Trainer {
    std::string_view name, stack;
    double v3_large, v3_large_vendor, v3_small, v3_small_vendor, v2, v2_vendor;
};
constexpr Trainer dlprimitives[] = {{"rx 6600 xt", "PyTorch ROCm", 194, 223, 490, 690, 155, 203},
                                    {"gtx 960", "PyTorch CUDA", 64, 121, 163, 312, 48, 92},
                                    {"arc a380", "PyTorch XPU", 50, 141, 116, 347, 39, 104}};

constexpr PublishedSource sources[] = {
    {"ncnn", "inference of one image, least of the runs, fp16 where the device has it",
     "github.com/Tencent/ncnn, benchmark/README.md"},
    {"dlprimitives", "training over OpenCL, fp32, 224 px; beside it PyTorch on the vendor's own stack",
     "github.com/artyom-beilis/dlprimitives and the tables of its PyTorch backend"}};

// A name that goes on with one of these is of another device: "Apple M3 Pro", "RX 6900 XT" and not "RX 6900".
constexpr std::array variants{"ti", "super", "xt", "xtx", "pro", "max", "ultra", "mobile", "laptop"};

std::string words_of(std::string_view name) {
    std::string words = " ";
    const auto add = [&](char c) {
        if (c != ' ' || words.back() != ' ') words += c;
    };
    for (size_t i = 0; i < name.size(); ++i) {
        // "(TM)", "(R)"
        if (name[i] == '(' && (name.substr(i).starts_with("(TM)") || name.substr(i).starts_with("(R)"))) {
            i = name.find(')', i);
            add(' ');
            continue;
        }
        const auto c = static_cast<unsigned char>(name[i]);
        add(std::isalnum(c) != 0 ? static_cast<char>(std::tolower(c)) : ' ');
    }
    add(' ');
    return words;
}

bool names(const std::string& words, std::string_view device) {
    const std::string key = " " + std::string(device) + " ";
    const size_t at = words.find(key);
    if (at == words.npos) return false;
    const std::string_view rest = std::string_view(words).substr(at + key.size());
    const std::string_view next = rest.substr(0, rest.find(' '));
    return std::ranges::find(variants, next) == variants.end();
}

}  // namespace

std::vector<PublishedFigure> figures_of(std::string_view device_name) {
    const std::string words = words_of(device_name);
    std::vector<PublishedFigure> figures;
    for (const Device& d : ncnn)
        if (names(words, d.name)) {
            figures.push_back({d.name, "mobilenet_v2", d.v2, "ms", "ncnn"});
            figures.push_back({d.name, "mobilenet_v3_large", d.v3_large, "ms", "ncnn"});
        }
    for (const Trainer& d : dlprimitives)
        if (names(words, d.name)) {
            figures.push_back({d.name, "mobilenet_v3_large", d.v3_large, "images/s", "dlprimitives"});
            figures.push_back({d.name, "mobilenet_v3_large", d.v3_large_vendor, "images/s", d.stack});
            figures.push_back({d.name, "mobilenet_v3_small", d.v3_small, "images/s", "dlprimitives"});
            figures.push_back({d.name, "mobilenet_v3_small", d.v3_small_vendor, "images/s", d.stack});
            figures.push_back({d.name, "mobilenet_v2", d.v2, "images/s", "dlprimitives"});
            figures.push_back({d.name, "mobilenet_v2", d.v2_vendor, "images/s", d.stack});
        }
    return figures;
}

std::span<const PublishedSource> published_sources() {
    return sources;
}

}  // namespace vkm::bench
