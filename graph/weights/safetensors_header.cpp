#include <graph/weights/safetensors_header.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <unordered_set>

namespace vkm::graph {
namespace {

constexpr std::array<std::pair<WeightType, std::string_view>, 13> listed_names{{{WeightType::boolean, "BOOL"},
                                                                                {WeightType::u8, "U8"},
                                                                                {WeightType::i8, "I8"},
                                                                                {WeightType::i16, "I16"},
                                                                                {WeightType::u16, "U16"},
                                                                                {WeightType::i32, "I32"},
                                                                                {WeightType::u32, "U32"},
                                                                                {WeightType::i64, "I64"},
                                                                                {WeightType::u64, "U64"},
                                                                                {WeightType::f16, "F16"},
                                                                                {WeightType::bf16, "BF16"},
                                                                                {WeightType::f32, "F32"},
                                                                                {WeightType::f64, "F64"}}};

/// Handles the events of nlohmann's SAX interface. A DOM would silently keep one of two equal keys. Its
/// ordered variant looks keys up linearly, which a hostile header turns into hours.
class HeaderHandler {
  public:
    using json = nlohmann::json;

    HeaderHandler(std::string_view file, SafetensorsHeader& header) : file_(file), header_(header) {}

    bool null() { unexpected("null"); }
    bool boolean(bool) { unexpected("a boolean"); }
    bool number_integer(json::number_integer_t) { unexpected("a negative number"); }
    bool number_float(json::number_float_t, const json::string_t&) {
        unexpected("a fraction or too large a number");
    }
    bool binary(json::binary_t&) { unexpected("binary data"); }

    bool number_unsigned(json::number_unsigned_t value) {
        if (state_ != State::numbers) unexpected("a number");
        numbers_.push_back(value);
        return true;
    }

    bool string(std::string& value) {
        if (state_ == State::metadata) {
            if (!header_.metadata.emplace(key_, value).second) fail("metadata {} appears twice", key_);
        } else if (state_ == State::tensor && key_ == "dtype") {
            header_.entries.back().dtype = value;
        } else {
            unexpected("a string");
        }
        return true;
    }

    bool key(std::string& name) {
        key_ = name;
        switch (state_) {
            case State::top:
                if (!names_.insert(name).second) fail("{} appears twice", name);
                break;
            case State::tensor: {
                const auto field = std::ranges::find(fields, name);
                if (field == fields.end())
                    fail("tensor {}: unknown field {}", header_.entries.back().name, name);
                bool& seen = seen_[static_cast<size_t>(field - fields.begin())];
                if (seen) fail("tensor {}: field {} appears twice", header_.entries.back().name, name);
                seen = true;
                break;
            }
            default:
                break;
        }
        return true;
    }

    bool start_object(size_t) {
        if (state_ == State::begin) {
            state_ = State::top;
        } else if (state_ == State::top && key_ == "__metadata__") {
            state_ = State::metadata;
        } else if (state_ == State::top) {
            state_ = State::tensor;
            seen_ = {};
            header_.entries.emplace_back().name = key_;
        } else {
            unexpected("an object");
        }
        return true;
    }

    bool end_object() {
        if (state_ == State::tensor)
            for (size_t i = 0; i < fields.size(); ++i)
                if (!seen_[i]) fail("tensor {}: field {} is missing", header_.entries.back().name, fields[i]);
        state_ = state_ == State::top ? State::end : State::top;
        return true;
    }

    bool start_array(size_t) {
        if (state_ != State::tensor || key_ == "dtype") unexpected("an array");
        state_ = State::numbers;
        numbers_.clear();
        return true;
    }

    bool end_array() {
        SafetensorsEntry& entry = header_.entries.back();
        if (key_ == "shape") {
            entry.shape = numbers_;
        } else {
            if (numbers_.size() != 2)
                fail("tensor {}: data_offsets has {} numbers, not 2", entry.name, numbers_.size());
            entry.begin = numbers_[0];
            entry.end = numbers_[1];
        }
        state_ = State::tensor;
        return true;
    }

    bool parse_error(size_t position, const std::string&, const json::exception&) {
        fail("the header is no valid JSON at byte {}", position);
    }

  private:
    enum class State : uint8_t { begin, top, metadata, tensor, numbers, end };
    static constexpr std::array<std::string_view, 3> fields{"dtype", "shape", "data_offsets"};

    template <typename... Args>
    [[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) const {
        throw WeightsError("{}: {}; the file is damaged or was written by a faulty program, save it again",
                           file_, fmt::format(format, std::forward<Args>(args)...));
    }

    [[noreturn]] void unexpected(std::string_view what) const {
        if (state_ == State::begin) fail("the header is {} instead of a JSON object", what);
        if (state_ == State::metadata) fail("metadata {} is {} instead of a string", key_, what);
        if (state_ == State::top) fail("{} is {} instead of an object", key_, what);
        fail("tensor {}: {} holds {}", header_.entries.back().name, key_, what);
    }

    std::string_view file_;
    SafetensorsHeader& header_;
    State state_ = State::begin;
    std::string key_;  ///< the latest
    std::unordered_set<std::string> names_;
    std::array<bool, fields.size()> seen_{};
    std::vector<uint64_t> numbers_;
};

}  // namespace

SafetensorsHeader parse_safetensors_header(std::string_view text, std::string_view file) {
    SafetensorsHeader header;
    HeaderHandler handler(file, header);
    nlohmann::json::sax_parse(text.begin(), text.end(), &handler);
    return header;
}

std::optional<WeightType> safetensors_dtype(std::string_view name) {
    const auto found =
        std::ranges::find(listed_names, name, &std::pair<WeightType, std::string_view>::second);
    return found == listed_names.end() ? std::nullopt : std::optional(found->first);
}

std::string_view safetensors_name(WeightType type) {
    return std::ranges::find(listed_names, type, &std::pair<WeightType, std::string_view>::first)->second;
}

}  // namespace vkm::graph
