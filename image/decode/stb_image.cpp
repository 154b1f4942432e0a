// The implementation of stb_image, and the options under which damaged files cannot make it read, or give,
// memory that was never written: its buffers and (see train/CMakeLists.txt) its local variables start as
// zeros, and signed overflow wraps. Its assertions are off in every build: damaged files must be refused in a
// debug build too.
#include <image/decode/decoding_budget.h>

#include <cstdint>
#include <cstdlib>

namespace vkm::image {
namespace {

thread_local size_t budget = SIZE_MAX;

void* reallocate(void* pointer, size_t size) {
    return size > budget ? nullptr : std::realloc(pointer, size);
}

}  // namespace

DecodingBudget::DecodingBudget(size_t bytes) {
    budget = bytes;
}
DecodingBudget::~DecodingBudget() {
    budget = SIZE_MAX;
}

}  // namespace vkm::image

#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_ONLY_BMP
#define STBI_ONLY_PNM
#define STBI_NO_STDIO
#define STBI_MAX_DIMENSIONS 65535
#define STBI_ASSERT(condition) static_cast<void>(0)
#define STBI_MALLOC(size) std::calloc(1, size)
#define STBI_REALLOC(pointer, size) vkm::image::reallocate(pointer, size)
#define STBI_FREE(pointer) std::free(pointer)
#if defined(__ARM_NEON)
#define STBI_NEON
#endif
#include <stb_image.h>
