#pragma once

#include <string>
#include <vector>

#include "support/bytes.h"

namespace vkm::test {

/// Here are the parts of a MATLAB file of level 5, after its published format.

/// Returns a tag and its data, filled up to eight bytes.
inline std::string mat_element(uint32_t type, std::string data) {
    const auto size = static_cast<uint32_t>(data.size());
    data.resize((data.size() + 7) / 8 * 8);
    return raw(type, size) + data;
}

inline std::string mat_array(uint32_t mat_class, int32_t rows, int32_t columns, const std::string& name,
                             const std::string& content) {
    constexpr uint32_t matrix = 14, u32 = 6, i32 = 5, i8 = 1;
    return mat_element(matrix, mat_element(u32, raw(mat_class, uint32_t{0})) +
                                   mat_element(i32, raw(rows, columns)) + mat_element(i8, name) + content);
}

inline std::string mat_number(double value) {
    constexpr uint32_t of_doubles = 6, f64 = 9;
    return mat_array(of_doubles, 1, 1, "", mat_element(f64, raw(value)));
}

inline std::string mat_text(const std::string& text) {
    constexpr uint32_t of_chars = 4, u16 = 4;
    std::string wide;
    for (const char c : text)
        wide += {c, '\0'};
    return mat_array(of_chars, 1, static_cast<int32_t>(text.size()), "", mat_element(u16, wide));
}

/// Holds a synset of ILSVRC's meta.mat.
struct MatSynset {
    int id;
    std::string wnid;
    int children = 0;
};

/// Returns a file with them, as the development kit has it but for fields that nobody reads.
inline std::string meta_mat(const std::vector<MatSynset>& synsets) {
    constexpr uint32_t of_structs = 2, i32 = 5, i8 = 1;
    constexpr int32_t longest = 32;
    std::string names;
    for (std::string field : {"ILSVRC2012_ID", "WNID", "num_children"}) {
        field.resize(longest);
        names += field;
    }
    // Four bytes are written beside their tag.
    std::string content = raw(i32 | uint32_t{4} << 16, longest) + mat_element(i8, names);
    for (const MatSynset& synset : synsets)
        content += mat_number(synset.id) + mat_text(synset.wnid) + mat_number(synset.children);
    std::string header = "MATLAB 5.0 MAT-file";
    header.resize(124, ' ');
    return header + raw(uint16_t{0x0100}) + "IM" +
           mat_array(of_structs, static_cast<int32_t>(synsets.size()), 1, "synsets", content);
}

}  // namespace vkm::test
