#include <fuzz/fuzz_target.h>
#include <infer/labels/labels.h>

#include <algorithm>
#include <cstdlib>

namespace {

bool is_name(const std::string& name) {
    return !name.empty() && std::ranges::none_of(name, [](char c) { return c >= 0 && c < ' '; });
}

}  // namespace

/// Checks that every class has a name, and every class an id or none.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    try {
        const vkm::infer::Labels labels =
            vkm::infer::parse_labels({reinterpret_cast<const char*>(data), size}, "labels");
        if (labels.names.empty() || !std::ranges::all_of(labels.names, is_name)) std::abort();
        if (!labels.ids.empty() && labels.ids.size() != labels.names.size()) std::abort();
        return 0;
    } catch (const vkm::infer::LabelsError&) {
        return -1;
    }
}

std::vector<std::string> vkm::test::fuzz_seeds() {
    using namespace std::string_literals;
    return {"apple\nberry\r\ncocoa\r",
            "\xef\xbb\xbf"
            "entrée\n",
            "\xff\xfe"
            "a\0\n\0b\0"s,
            "0|apple\n1|berry\n",
            "1: apple\n2: berry\n",
            "n01440764 tench, Tinca tinca\nn01443537 goldfish\n",
            R"(["apple", "ber\u0072y"])",
            R"({"0": ["n01440764", "tench"], "1": ["n01443537", "goldfish"]})",
            R"({"tench": 0, "goldfish": 1})",
            R"({"id2label": {"0": "tench"}, "labels": []})",
            "{0: 'tench',\n 1: \"hors d'oeuvre\", 2: 'it\\'s',}"};
}
