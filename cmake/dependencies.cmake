# Everything comes from Debian/Ubuntu packages; scripts/packages.sh lists them.
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_program(GLSLANG_VALIDATOR glslangValidator REQUIRED)
find_path(VOLK_INCLUDE_DIR NAMES volk.c volk.h REQUIRED)
find_package(JPEG REQUIRED)
find_package(PNG REQUIRED)
find_package(ZLIB REQUIRED)

# libwebp, and the reader of its container.
find_path(WEBP_INCLUDE_DIR NAMES webp/demux.h REQUIRED)
find_library(WEBP_LIBRARY NAMES webp REQUIRED)
find_library(WEBPDEMUX_LIBRARY NAMES webpdemux REQUIRED)
add_library(vkm_webp INTERFACE)
target_include_directories(vkm_webp SYSTEM INTERFACE ${WEBP_INCLUDE_DIR})
target_link_libraries(vkm_webp INTERFACE ${WEBPDEMUX_LIBRARY} ${WEBP_LIBRARY})

# volk loads Vulkan at run time, so nothing links against libvulkan.
add_library(vkm_volk STATIC ${VOLK_INCLUDE_DIR}/volk.c)
target_include_directories(vkm_volk SYSTEM PUBLIC ${VOLK_INCLUDE_DIR})
target_link_libraries(vkm_volk PUBLIC ${CMAKE_DL_LIBS})
