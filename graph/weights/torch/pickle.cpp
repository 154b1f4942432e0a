#include <graph/weights/torch/pickle.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <unordered_map>

namespace vkm::graph {
namespace {

constexpr size_t longest_line = size_t{1} << 12;

/// Names and numbers as in Python's pickletools.
enum class Opcode : uint8_t {
    mark = '(',
    stop = '.',
    pop = '0',
    pop_mark = '1',
    dup = '2',
    binfloat = 'G',
    binint = 'J',
    binint1 = 'K',
    binint2 = 'M',
    none = 'N',
    binpersid = 'Q',
    reduce = 'R',
    binstring = 'T',
    short_binstring = 'U',
    binunicode = 'X',
    binbytes = 'B',
    short_binbytes = 'C',
    binbytes8 = 0x8e,
    bytearray8 = 0x96,
    empty_list = ']',
    append = 'a',
    empty_set = 0x8f,
    additems = 0x90,
    frozenset = 0x91,
    build = 'b',
    global = 'c',
    dict = 'd',
    appends = 'e',
    binget = 'h',
    long_binget = 'j',
    list = 'l',
    binput = 'q',
    long_binput = 'r',
    setitem = 's',
    tuple = 't',
    setitems = 'u',
    empty_tuple = ')',
    empty_dict = '}',
    proto = 0x80,
    newobj = 0x81,
    tuple1 = 0x85,
    tuple2 = 0x86,
    tuple3 = 0x87,
    newtrue = 0x88,
    newfalse = 0x89,
    long1 = 0x8a,
    long4 = 0x8b,
    short_binunicode = 0x8c,
    binunicode8 = 0x8d,
    newobj_ex = 0x92,
    stack_global = 0x93,
    memoize = 0x94,
    frame = 0x95,
    inst = 'i',
    obj = 'o',
};

class Parser {
  public:
    Parser(std::span<const std::byte> input, std::string_view file, const PickleLimits& limits)
        : input_(input), file_(file), limits_(limits) {}

    Pickle parse() {
        for (;;) {
            position_of_opcode_ = position_;
            if (pickle_.values.size() > limits_.most_values ||
                stack_.size() + marks_.size() + memo_.size() > limits_.most_references)
                too_large();
            const auto opcode = static_cast<Opcode>(number<uint8_t>());
            if (opcode == Opcode::stop) break;
            step(opcode);
        }
        pickle_.root = pop();
        pickle_.bytes = position_;
        return std::move(pickle_);
    }

  private:
    using Id = Pickle::Id;
    using Ids = Pickle::Ids;

    template <typename... Args>
    [[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) const {
        throw WeightsError("{}: pickle, byte {}: {}", file_, position_of_opcode_,
                           fmt::format(format, std::forward<Args>(args)...));
    }

    [[noreturn]] void damaged(std::string_view what) const {
        fail("{}; the file is damaged, copy or download it again", what);
    }

    [[noreturn]] void too_large() const {
        fail("too large for a weights file; save only model.state_dict()");
    }

    std::string_view take(uint64_t bytes) {
        if (bytes > input_.size() - position_) damaged("it ends too early");
        if (bytes > limits_.most_bytes - position_) too_large();
        const std::string_view taken(reinterpret_cast<const char*>(input_.data()) + position_, bytes);
        position_ += bytes;
        return taken;
    }

    template <typename T>
    T number() {
        T value;
        std::memcpy(&value, take(sizeof value).data(), sizeof value);
        return value;
    }

    std::string_view line() {
        const auto rest = input_.subspan(position_, std::min(longest_line, input_.size() - position_));
        const auto end = std::ranges::find(rest, std::byte{'\n'});
        if (end == rest.end()) damaged("it ends too early");
        const auto length = static_cast<size_t>(end - rest.begin());
        return take(length + 1).substr(0, length);
    }

    /// Reads one of Python's integers: two's complement, little-endian, of any length.
    Pickle::Value python_integer(uint64_t bytes) {
        const std::string_view text = take(bytes);
        if (bytes > sizeof(int64_t)) return Pickle::Bytes{std::string(text)};
        if (text.empty()) return int64_t{0};
        uint64_t value = text.back() & 0x80 ? ~uint64_t{0} : 0;
        std::memcpy(&value, text.data(), text.size());
        return static_cast<int64_t>(value);
    }

    double big_endian_double() { return std::bit_cast<double>(__builtin_bswap64(number<uint64_t>())); }

    void push(Pickle::Value value) {
        stack_.push_back(static_cast<Id>(pickle_.values.size()));
        pickle_.values.push_back(std::move(value));
    }

    /// Returns the height of the latest mark: what lies above it may be popped, nothing below.
    size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }

    Id top() const {
        if (stack_.size() <= floor()) damaged("its stack is empty");
        return stack_.back();
    }

    Id pop() {
        const Id id = top();
        stack_.pop_back();
        return id;
    }

    Ids pop_count(size_t count) {
        if (stack_.size() - floor() < count) damaged("its stack is empty");
        Ids ids(stack_.end() - static_cast<ptrdiff_t>(count), stack_.end());
        stack_.resize(stack_.size() - count);
        return ids;
    }

    Ids pop_to_mark() {
        if (marks_.empty()) damaged("a mark is missing");
        Ids ids = pop_count(stack_.size() - marks_.back());
        marks_.pop_back();
        return ids;
    }

    static void append_pairs(Pickle::Items& items, const Ids& flat) {
        for (size_t i = 0; i + 1 < flat.size(); i += 2)
            items.emplace_back(flat[i], flat[i + 1]);
    }

    void append(const Ids& elements) {
        Pickle::Value& target = pickle_.values[top()];
        if (std::holds_alternative<Pickle::Call>(target)) return;  // a deque, or a class derived from list
        auto* list = std::get_if<Pickle::List>(&target);
        if (!list) damaged("it appends to what is no list");
        list->elements.insert(list->elements.end(), elements.begin(), elements.end());
    }

    void set_items(const Ids& flat) {
        if (flat.size() % 2) damaged("a key has no value");
        Pickle::Value& target = pickle_.values[top()];
        if (auto* dict = std::get_if<Pickle::Dict>(&target)) return append_pairs(dict->items, flat);
        if (auto* call = std::get_if<Pickle::Call>(&target)) return append_pairs(call->items, flat);
        damaged("it sets items of what is no dict");
    }

    void push_dict(const Ids& flat) {
        push(Pickle::Dict{});
        set_items(flat);
    }

    void push_global(std::string_view module, std::string_view name) {
        push(Pickle::Global{std::string(module), std::string(name)});
    }

    void stack_global() {
        const Ids ids = pop_count(2);
        const auto *module = pickle_.as<std::string>(ids[0]), *name = pickle_.as<std::string>(ids[1]);
        if (!module || !name) damaged("a global's name is no string");
        // Copies, because pushing may move the values.
        push(Pickle::Global{*module, *name});
    }

    void push_call(Id callable, Id arguments) {
        const bool may_be_called = pickle_.as<Pickle::Global>(callable) ||
                                   pickle_.as<Pickle::Call>(callable) ||
                                   pickle_.as<Pickle::Persistent>(callable);
        if (!may_be_called || !pickle_.as<Pickle::Tuple>(arguments)) damaged("it calls what is no function");
        push(Pickle::Call{
            .callable = callable, .arguments = arguments, .state = Pickle::nothing, .items = {}});
    }

    /// Pushes an object of a class: the first of the arguments, where none is given.
    void construct(Ids arguments, std::optional<Id> constructed = {}) {
        if (!constructed) {
            if (arguments.empty()) damaged("it constructs what has no class");
            constructed = arguments.front();
            arguments.erase(arguments.begin());
        }
        push(Pickle::Tuple{std::move(arguments)});
        push_call(*constructed, pop());
    }

    void instantiate() {
        const std::string_view module = line();
        push_global(module, line());
        const Id constructed = stack_.back();
        stack_.pop_back();
        construct(pop_to_mark(), constructed);
    }

    void reduce() {
        const Ids ids = pop_count(2);
        push_call(ids[0], ids[1]);
    }

    void build() {
        const Id state = pop();
        auto* call = std::get_if<Pickle::Call>(&pickle_.values[top()]);
        if (!call) damaged("it sets attributes of what is no object");
        call->state = state;
    }

    void memorize(uint64_t slot) { memo_[slot] = top(); }

    void recall(uint64_t slot) {
        const auto found = memo_.find(slot);
        if (found == memo_.end()) damaged("it recalls a value it never stored");
        stack_.push_back(found->second);
    }

    void step(Opcode opcode) {
        switch (opcode) {
            case Opcode::proto:
                if (const int version = number<uint8_t>(); version < 2 || version > 5)
                    fail("protocol {} is not supported; save the file again with torch.save", version);
                return;
            case Opcode::frame:
                number<uint64_t>();
                return;

            case Opcode::none:
                return push(Pickle::None{});
            case Opcode::newtrue:
                return push(true);
            case Opcode::newfalse:
                return push(false);
            case Opcode::binint:
                return push(int64_t{number<int32_t>()});
            case Opcode::binint1:
                return push(int64_t{number<uint8_t>()});
            case Opcode::binint2:
                return push(int64_t{number<uint16_t>()});
            case Opcode::long1:
                return push(python_integer(number<uint8_t>()));
            case Opcode::long4:
                return push(python_integer(number<uint32_t>()));
            case Opcode::binfloat:
                return push(big_endian_double());
            case Opcode::short_binstring:
            case Opcode::short_binunicode:
                return push(std::string(take(number<uint8_t>())));
            case Opcode::binstring:
            case Opcode::binunicode:
                return push(std::string(take(number<uint32_t>())));
            case Opcode::binunicode8:
                return push(std::string(take(number<uint64_t>())));
            case Opcode::short_binbytes:
                return push(Pickle::Bytes{std::string(take(number<uint8_t>()))});
            case Opcode::binbytes:
                return push(Pickle::Bytes{std::string(take(number<uint32_t>()))});
            case Opcode::binbytes8:
            case Opcode::bytearray8:
                return push(Pickle::Bytes{std::string(take(number<uint64_t>()))});

            case Opcode::mark:
                marks_.push_back(stack_.size());
                return;
            case Opcode::pop:
                pop();
                return;
            case Opcode::pop_mark:
                pop_to_mark();
                return;
            case Opcode::dup:
                stack_.push_back(top());
                return;

            case Opcode::empty_tuple:
                return push(Pickle::Tuple{});
            case Opcode::tuple1:
                return push(Pickle::Tuple{pop_count(1)});
            case Opcode::tuple2:
                return push(Pickle::Tuple{pop_count(2)});
            case Opcode::tuple3:
                return push(Pickle::Tuple{pop_count(3)});
            case Opcode::tuple:
                return push(Pickle::Tuple{pop_to_mark()});
            case Opcode::empty_list:
            case Opcode::empty_set:
                return push(Pickle::List{});
            case Opcode::list:
            case Opcode::frozenset:
                return push(Pickle::List{pop_to_mark()});
            case Opcode::append:
                return append(pop_count(1));
            case Opcode::appends:
            case Opcode::additems:
                return append(pop_to_mark());
            case Opcode::empty_dict:
                return push(Pickle::Dict{});
            case Opcode::dict:
                return push_dict(pop_to_mark());
            case Opcode::setitem:
                return set_items(pop_count(2));
            case Opcode::setitems:
                return set_items(pop_to_mark());

            case Opcode::global: {
                const std::string_view module = line();
                return push_global(module, line());
            }
            case Opcode::stack_global:
                return stack_global();
            case Opcode::reduce:
                return reduce();
            case Opcode::build:
                return build();
            case Opcode::binpersid:
                return push(Pickle::Persistent{pop()});
            case Opcode::inst:
                return instantiate();
            case Opcode::obj:
                return construct(pop_to_mark());
            case Opcode::newobj:
                return reduce();
            case Opcode::newobj_ex:
                pop();  // the arguments with names
                return reduce();

            case Opcode::binput:
                return memorize(number<uint8_t>());
            case Opcode::long_binput:
                return memorize(number<uint32_t>());
            case Opcode::memoize:
                return memorize(memo_.size());
            case Opcode::binget:
                return recall(number<uint8_t>());
            case Opcode::long_binget:
                return recall(number<uint32_t>());

            case Opcode::stop:
                return;
        }
        fail("opcode 0x{:02x} is not supported; save only model.state_dict(), with torch.save",
             static_cast<unsigned>(opcode));
    }

    std::span<const std::byte> input_;
    std::string_view file_;
    const PickleLimits limits_;
    size_t position_ = 0, position_of_opcode_ = 0;
    Pickle pickle_;
    Ids stack_;
    std::vector<size_t> marks_;  ///< heights of the stack
    std::unordered_map<uint64_t, Id> memo_;
};

}  // namespace

Pickle parse_pickle(std::span<const std::byte> input, std::string_view file, const PickleLimits& limits) {
    return Parser(input, file, limits).parse();
}

}  // namespace vkm::graph
