// vkm-shader-catalog NAMESPACE LIST OUT: writes the header of a shader library's names and interfaces.
// LIST has a line for each shader, as cmake/shaders.cmake writes it:
//     NAME INTERFACE PART code|declarations VARIANT=FILE …
// PART is - where there is none; the files are what glslang's --vn wrote. Runs on the machine that builds.
#include <cctype>
#include <charconv>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>

#include "catalog.h"

namespace {

using namespace vkm::shader_interface;

std::string contents(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error("cannot read " + path);
    return {std::istreambuf_iterator<char>(file), {}};
}

// Returns the numbers of a C array: 0x07230203,0x00010300, …
std::vector<uint32_t> words_of(const std::string& path) {
    const std::string text = contents(path);
    std::vector<uint32_t> words;
    for (size_t at = text.find('{'); (at = text.find("0x", at)) != std::string::npos;) {
        uint32_t word = 0;
        const char* const first = text.data() + at + 2;
        if (std::from_chars(first, text.data() + text.size(), word, 16).ec != std::errc{})
            throw std::runtime_error(path + " is not what glslang writes");
        words.push_back(word);
        at += 2;
    }
    return words;
}

Shader shader_of(const std::string& line) {
    std::istringstream words(line);
    Shader shader;
    std::string kind, file;
    words >> shader.name >> shader.interface >> shader.part >> kind;
    if (shader.part == "-") shader.part.clear();
    shader.has_code = kind == "code";
    while (words >> file) {
        const size_t equals = file.find('=');
        if (equals == std::string::npos) throw std::runtime_error("not VARIANT=FILE: " + file);
        shader.variants.push_back(
            {file.substr(0, equals), read_interface(words_of(file.substr(equals + 1)), shader.name)});
    }
    if (shader.variants.empty()) throw std::runtime_error("no variant of shader " + shader.name);
    return shader;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        if (argc != 4) throw std::runtime_error("usage: vkm-shader-catalog NAMESPACE LIST OUT");
        std::vector<Shader> shaders;
        std::istringstream list(contents(argv[2]));
        for (std::string line; std::getline(list, line);)
            if (!line.empty()) shaders.push_back(shader_of(line));
        const std::string header = catalog_header(shaders, argv[1]);
        // A header that stays as it was is not written: nobody need compile again.
        std::ifstream old(argv[3], std::ios::binary);
        if (old && std::string(std::istreambuf_iterator<char>(old), {}) == header) return 0;
        std::ofstream(argv[3], std::ios::binary) << header;
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "vkm-shader-catalog: %s\n", error.what());
        return 1;
    }
}
