# Everything comes from Debian/Ubuntu packages; scripts/packages.sh lists them.
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(yaml-cpp REQUIRED)
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
# A part of libwebp since 1.3, which an archive of libwebp does not bring along.
find_library(SHARPYUV_LIBRARY NAMES sharpyuv)
if(SHARPYUV_LIBRARY)
    target_link_libraries(vkm_webp INTERFACE ${SHARPYUV_LIBRARY})
endif()

# Sets OUT to the name by which a program loads the library in a file: libmatio.so.11. On macOS, which looks for names in
# few folders, it is the whole path.
function(vkm_soname out library)
    file(REAL_PATH "${library}" file)
    if(APPLE)
        set(name "${file}")
    else()
        string(REGEX MATCH "lib[^/]*[.]so([.][0-9]+)?" name "${file}")
    endif()
    set(${out} "${name}" PARENT_SCOPE)
endfunction()

# What only programs need.
if(VKM_PROGRAMS)
    find_package(CLI11 REQUIRED)
    # Text on pictures: fonts by the letters they have, their outlines, and each language's order and joined letters.
    include(text_libraries)
endif()

# volk loads Vulkan at run time, so nothing links against libvulkan.
add_library(vkm_volk STATIC ${VOLK_INCLUDE_DIR}/volk.c)
target_include_directories(vkm_volk SYSTEM PUBLIC ${VOLK_INCLUDE_DIR})
target_link_libraries(vkm_volk PUBLIC ${CMAKE_DL_LIBS})

# Weights in other programs' formats (graph/weights/schemas): each only where its packages are.
find_program(VKM_PROTOC protoc)
find_path(VKM_PROTOBUF_INCLUDE_DIR NAMES google/protobuf/message_lite.h)
find_library(VKM_PROTOBUF_LIBRARY NAMES protobuf-lite)
find_path(VKM_ONNX_SCHEMA_DIR NAMES onnx.proto PATH_SUFFIXES onnx)
find_program(VKM_FLATC flatc)
find_path(VKM_FLATBUFFERS_INCLUDE_DIR NAMES flatbuffers/flatbuffers.h)

# The class list of ImageNet's development kit, meta.mat.
find_path(VKM_MATIO_INCLUDE_DIR NAMES matio.h)
find_library(VKM_MATIO_LIBRARY NAMES matio)

# vkm_optional_format(NAME WHAT NEEDED...): an option for a format, ON where all that it needs was found.
function(vkm_optional_format name what)
    set(found ON)
    foreach(needed ${ARGN})
        if(NOT ${needed})
            set(found OFF)
        endif()
    endforeach()
    option(VKM_WITH_${name} "Read ${what}" ${found})
    if(NOT VKM_WITH_${name})
        message(STATUS "Without ${what}")
    endif()
endfunction()
vkm_optional_format(MINDSPORE "MindSpore checkpoints (protobuf)" VKM_PROTOC VKM_PROTOBUF_INCLUDE_DIR VKM_PROTOBUF_LIBRARY)
vkm_optional_format(ONNX "ONNX models (protobuf, ONNX's schema)" VKM_PROTOC VKM_PROTOBUF_INCLUDE_DIR VKM_PROTOBUF_LIBRARY
                    VKM_ONNX_SCHEMA_DIR)
vkm_optional_format(TFLITE "TensorFlow Lite models (flatbuffers)" VKM_FLATC VKM_FLATBUFFERS_INCLUDE_DIR)
# Training in several processes: apps/mpi.
if(VKM_PROGRAMS)
    if(NOT WIN32)  # where clusters are other systems'
        find_package(MPI COMPONENTS C)
    endif()
    set(mpi OFF)
    if(MPI_C_FOUND)
        set(mpi ON)
    endif()
    option(VKM_WITH_MPI "Train in several processes, over MPI" ${mpi})
    if(NOT VKM_WITH_MPI)
        message(STATUS "Without several processes (MPI)")
    endif()
endif()
vkm_optional_format(MATIO "MATLAB files (libmatio)" VKM_MATIO_INCLUDE_DIR VKM_MATIO_LIBRARY)
