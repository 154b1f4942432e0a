#include <base/align.h>
#include <image/decode/jpeg_structure.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace vkm::image {
namespace {

using Problem = std::optional<std::string>;

namespace marker {
constexpr uint8_t dht = 0xc4, soi = 0xd8, eoi = 0xd9, sos = 0xda, dri = 0xdd;
constexpr uint8_t sof_baseline = 0xc0, sof_extended = 0xc1, sof_progressive = 0xc2;

bool is_restart(uint8_t m) {
    return m >= 0xd0 && m <= 0xd7;
}
bool is_frame(uint8_t m) {
    return m == sof_baseline || m == sof_extended || m == sof_progressive;
}
/// Markers without a length field.
bool stands_alone(uint8_t m) {
    return is_restart(m) || m == 0x01;
}
}  // namespace marker

struct Component {
    uint8_t id = 0;
    int h = 1, v = 1;     ///< sampling factors
    bool has_dc = false;  ///< a scan with its DC coefficients was seen
};

class Walk {
  public:
    explicit Walk(std::span<const uint8_t> file) : file_(file) {}

    Problem run() {
        if (file_.size() < 4 || file_[0] != 0xff || file_[1] != marker::soi) return "not a JPEG file";
        position_ = 2;
        for (;;) {
            const std::optional<uint8_t> found = next_marker();
            if (!found) return truncated;
            if (*found == marker::eoi) return finish();
            if (marker::stands_alone(*found) || *found == marker::soi) continue;
            const std::optional<std::span<const uint8_t>> body = segment();
            if (!body) return truncated;
            Problem problem;
            if (marker::is_frame(*found)) problem = frame(*body, *found == marker::sof_progressive);
            if (*found == marker::dri && body->size() >= 2) restart_interval_ = (*body)[0] * 256 + (*body)[1];
            if (*found == marker::dht) problem = huffman_tables(*body);
            if (*found == marker::sos) problem = scan(*body);
            if (problem) return problem;
        }
    }

  private:
    static constexpr const char* truncated = "truncated: the file ends before the image does";
    static constexpr const char* corrupt_table = "corrupt Huffman table";

    /// The next FF xx with xx neither stuffing (00) nor fill (FF); the position moves past it.
    std::optional<uint8_t> next_marker() {
        while (position_ + 1 < file_.size()) {
            const void* ff = std::memchr(file_.data() + position_, 0xff, file_.size() - position_ - 1);
            if (!ff) break;
            position_ = static_cast<size_t>(static_cast<const uint8_t*>(ff) - file_.data()) + 1;
            const uint8_t code = file_[position_];
            if (code == 0xff) continue;
            ++position_;
            if (code != 0x00) return code;
        }
        position_ = file_.size();
        return std::nullopt;
    }

    /// The body of a segment, without its length field; the position moves past it.
    std::optional<std::span<const uint8_t>> segment() {
        if (file_.size() - position_ < 2) return std::nullopt;
        const size_t length = file_[position_] * size_t{256} + file_[position_ + 1];
        if (length < 2 || file_.size() - position_ < length) return std::nullopt;
        const auto body = file_.subspan(position_ + 2, length - 2);
        position_ += length;
        return body;
    }

    Problem frame(std::span<const uint8_t> body, bool progressive) {
        if (body.size() < 6 || body.size() < 6 + size_t{3} * body[5]) return "corrupt frame header";
        if (component_count_ > 0) return "more than one frame header";
        progressive_ = progressive;
        height_ = body[1] * 256 + body[2];
        width_ = body[3] * 256 + body[4];
        component_count_ = body[5];
        if (width_ == 0 || height_ == 0) return "the frame header gives no size";
        if (component_count_ == 0 || component_count_ > components_.size())
            return "unsupported number of components";
        for (size_t c = 0; c < component_count_; ++c) {
            const uint8_t* entry = &body[6 + 3 * c];
            components_[c] = {entry[0], entry[1] >> 4, entry[1] & 15, false};
            if (components_[c].h < 1 || components_[c].h > 4 || components_[c].v < 1 ||
                components_[c].v > 4) {
                return "corrupt sampling factors";
            }
            h_max_ = std::max(h_max_, components_[c].h);
            v_max_ = std::max(v_max_, components_[c].v);
        }
        for (size_t c = 0; c < component_count_; ++c) {
            if (h_max_ % components_[c].h != 0 || v_max_ % components_[c].v != 0)
                return "unsupported sampling factors";
        }
        return std::nullopt;
    }

    /// Tables one after another: class and number, how many codes there are of 1 .. 16 bits, and their
    /// values.
    Problem huffman_tables(std::span<const uint8_t> body) {
        while (!body.empty()) {
            if (body.size() < 17) return corrupt_table;
            const bool is_ac = body[0] >> 4;
            const size_t number = body[0] & 15;
            if (body[0] >> 4 > 1 || number > 3) return corrupt_table;
            size_t codes = 0;
            for (size_t bits = 1; bits <= 16; ++bits)
                codes += body[bits];
            if (codes > 256 || body.size() < 17 + codes) return corrupt_table;
            const auto values = body.subspan(17, codes);
            // The value of a DC code is a number of bits.
            if (!is_ac && std::any_of(values.begin(), values.end(), [](uint8_t v) { return v > 15; }))
                return corrupt_table;
            has_table_[is_ac][number] = true;
            body = body.subspan(17 + codes);
        }
        return std::nullopt;
    }

    Problem scan(std::span<const uint8_t> header) {
        if (component_count_ == 0) return "a scan before the frame header";
        if (header.empty() || header.size() < 4 + size_t{2} * header[0]) return "corrupt scan header";
        const size_t count = header[0];
        const uint8_t spectral_start = header[1 + 2 * count], successive_high = header[3 + 2 * count] >> 4;
        const bool has_dc = !progressive_ || (spectral_start == 0 && successive_high == 0);
        const bool has_ac = !progressive_ || spectral_start > 0;

        // A scan of one component holds that component's own blocks, one of several holds whole MCUs.
        int64_t units = divide_up(width_, int64_t{8} * h_max_) * divide_up(height_, int64_t{8} * v_max_);
        int64_t blocks = 0;
        for (size_t i = 0; i < count; ++i) {
            const auto known = std::find_if(components_.begin(), components_.begin() + component_count_,
                                            [&](const Component& c) { return c.id == header[1 + 2 * i]; });
            if (known == components_.begin() + component_count_) return "a scan of an unknown component";
            const uint8_t tables = header[2 + 2 * i];
            if ((has_dc && !is_defined(false, tables >> 4)) || (has_ac && !is_defined(true, tables & 15))) {
                return "a scan without its Huffman table";
            }
            known->has_dc |= has_dc;
            blocks += units * known->h * known->v;
            if (count == 1) {
                units = blocks = divide_up(divide_up(int64_t{width_} * known->h, h_max_), 8) *
                                 divide_up(divide_up(int64_t{height_} * known->v, v_max_), 8);
            }
        }

        const size_t start = position_;
        int64_t restarts = 0;
        std::optional<uint8_t> next;
        while ((next = next_marker()) && marker::is_restart(*next))
            ++restarts;
        if (!next) return truncated;
        position_ -= 2;  // the marker after the scan is the walk's
        const auto bits = static_cast<int64_t>(position_ - start) * 8;
        // A DC and an AC code of one bit each; the DC scan of a progressive image has the first only.
        if (has_dc && bits < blocks * (progressive_ ? 1 : 2))
            return "truncated: too little data for the image's size";
        if (restart_interval_ > 0 && restarts < (units - 1) / restart_interval_)
            return "restart markers are missing";
        return std::nullopt;
    }

    bool is_defined(bool is_ac, size_t number) const { return number < 4 && has_table_[is_ac][number]; }

    Problem finish() const {
        const auto end = components_.begin() + component_count_;
        if (component_count_ == 0 ||
            !std::all_of(components_.begin(), end, [](auto& c) { return c.has_dc; })) {
            return "truncated: it ends before all of the image data";
        }
        return std::nullopt;
    }

    std::span<const uint8_t> file_;
    size_t position_ = 0;
    bool progressive_ = false;
    int height_ = 0, width_ = 0, h_max_ = 1, v_max_ = 1, restart_interval_ = 0;
    size_t component_count_ = 0;
    std::array<Component, 4> components_;
    bool has_table_[2][4] = {};  ///< Huffman tables by class (DC, AC) and number
};

}  // namespace

std::optional<std::string> jpeg_structure_problem(std::span<const uint8_t> file) {
    return Walk(file).run();
}

}  // namespace vkm::image
