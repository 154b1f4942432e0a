// usage: cpp WEIGHTS IMAGE WIDTH HEIGHT PIXELS
// Prints what main.c prints, and does so with a classifier that was moved.
#include <vkmbv3.hpp>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace {

void print(const vkmbv3::Classification& result) {
    std::printf("%s %.17g", result.top.at(0).name.c_str(), result.top[0].probability);
    for (const float logit : result.logits)
        std::printf(" %.9g", static_cast<double>(logit));
    std::printf("\n");
}

}  // namespace

int main(int argc, char** argv) try {
    if (argc != 6) return 2;
    vkmbv3::Classifier opened(argv[1]);
    vkmbv3::Classifier classifier = std::move(opened);
    print(classifier.classify_file(argv[2]));
    std::ifstream file(argv[5], std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
    const std::vector<std::uint8_t> pixels(bytes.begin(), bytes.end());
    print(classifier.classify(
        vkmbv3::image(VKMBV3_RGB, std::atoi(argv[3]), std::atoi(argv[4]), pixels.data()), 1));
} catch (const vkmbv3::Error& error) {
    std::fprintf(stderr, "error %d: %s\n", static_cast<int>(error.status()), error.what());
    return 1;
}
