// Makes UTF-8 of what the C library takes names of files for. The standard library turns a std::string into a path by
// mbrtowc(), and Windows' own follows locales, of which msvcrt.dll has none for UTF-8: "é" would become "Ã©". The three
// functions here stand in the C library's place (they are one object file there), so that every path in the program is
// made as on other systems.
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <cwchar>

namespace {

/// Is how far a character has been read, as mbstate_t keeps it: an int, of which 0 is the beginning.
struct State {
    uint32_t bits : 21;    ///< of the character so far
    uint32_t missing : 2;  ///< bytes
    uint32_t length : 3;   ///< bytes of the whole; 0: between characters
};
static_assert(sizeof(State) <= sizeof(std::mbstate_t));

constexpr size_t invalid = static_cast<size_t>(-1), incomplete = static_cast<size_t>(-2);

/// Begins a character, and returns whether this byte can.
bool begin(State& state, unsigned char byte) {
    const auto set = [&](uint32_t bits, uint32_t length) {
        state.bits = bits & 0x1fffff;
        state.length = length & 7;
        state.missing = (length - 1) & 3;
        return true;
    };
    if (byte < 0x80) return set(byte, 1);
    if (byte >= 0xc2 && byte < 0xe0) return set(byte & 0x1fu, 2);
    if (byte >= 0xe0 && byte < 0xf0) return set(byte & 0x0fu, 3);
    return byte >= 0xf0 && byte < 0xf5 && set(byte & 7u, 4);
}

/// Adds a byte, and returns whether the character can have it.
bool add(State& state, unsigned char byte) {
    if ((byte & 0xc0) != 0x80) return false;
    state.bits = (state.bits << 6 | (byte & 0x3fu)) & 0x1fffff;
    --state.missing;
    if (state.length == 3 && state.missing == 1 && (state.bits < 0x20 || state.bits >> 5 == 0x1b))
        return false;  // longer than need be, or half of a pair
    return state.length != 4 || state.missing != 2 || (state.bits >= 0x10 && state.bits < 0x110);
}

/// Reads a unit of UTF-16. A character of two comes in two calls: the first leaves its last byte to the second.
size_t read(wchar_t* unit, const char* text, size_t size, State& state) {
    for (size_t used = 0; used < size;) {
        const auto byte = static_cast<unsigned char>(text[used]);
        const bool first_half = state.length == 4 && state.missing == 1;
        if (!(state.length == 0 ? begin(state, byte) : add(state, byte))) {
            state = {};
            errno = EILSEQ;
            return invalid;
        }
        ++used;
        const uint32_t bits = state.bits;
        if (state.length == 4 && state.missing == 1 && !first_half) {
            // Six bits are missing, of which the first unit has none.
            if (unit) *unit = static_cast<wchar_t>(0xd800 | ((bits - 0x400) >> 4));
            return used;
        }
        if (state.missing > 0) continue;
        if (unit) *unit = static_cast<wchar_t>(first_half ? 0xdc00 | (bits & 0x3ff) : bits);
        state = {};
        return bits == 0 ? 0 : used;
    }
    return incomplete;
}

}  // namespace

extern "C" {

size_t mbrtowc(wchar_t* unit, const char* text, size_t size, std::mbstate_t* kept) {
    static thread_local std::mbstate_t own{};
    if (!kept) kept = &own;
    State state{};
    std::memcpy(&state, kept, sizeof state);
    const size_t used = text ? read(unit, text, size, state) : (state = {}, 0);
    std::memcpy(kept, &state, sizeof state);
    return used;
}

size_t mbrlen(const char* text, size_t size, std::mbstate_t* kept) {
    static thread_local std::mbstate_t own{};
    return mbrtowc(nullptr, text, size, kept ? kept : &own);
}

size_t mbsrtowcs(wchar_t* units, const char** text, size_t most, std::mbstate_t* kept) {
    static thread_local std::mbstate_t own{};
    if (!kept) kept = &own;
    size_t count = 0;
    for (const char* at = *text; !units || count < most; ++count) {
        const size_t used = mbrtowc(units ? units + count : nullptr, at, 4, kept);
        if (used == invalid || used == incomplete) return invalid;
        if (used == 0) {
            if (units) *text = nullptr;
            return count;
        }
        at += used;
        if (units) *text = at;
    }
    return count;
}

}  // extern "C"
