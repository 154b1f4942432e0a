set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
    set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()

# Most of a whole build is the same headers and templates, read again by every file: compiled thirty at a time, the files
# take less than a third of the time. Not with a compiler cache, which would keep thirty files for one that changed, and not
# where a file's own includes are to be proved complete (preset `debug`).
if(CCACHE)
    set(together OFF)
else()
    set(together ON)
endif()
option(VKM_COMPILE_TOGETHER "Compile thirty files of a target at a time: whole builds get quicker, small changes slower" ${together})

# vkm_compile_together(TARGET [APART PATH...]) does so for a target, in groups of one size and of neighbours. APART are files
# and folders, relative to the target's, whose files use the same names for their own parts, as formats of one kind do: each
# of them is compiled by itself.
function(vkm_compile_together target)
    cmake_parse_arguments(ARG "" "" "APART" ${ARGN})
    if(NOT VKM_COMPILE_TOGETHER)
        return()
    endif()
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
    get_target_property(sources ${target} SOURCES)
    foreach(path ${ARG_APART})
        set(apart ${sources})
        list(FILTER apart INCLUDE REGEX "^${CMAKE_CURRENT_SOURCE_DIR}/${path}")
        if(NOT apart)  # left out of this build
            continue()
        endif()
        list(REMOVE_ITEM sources ${apart})
    endforeach()
    list(FILTER sources INCLUDE REGEX "^${CMAKE_CURRENT_SOURCE_DIR}/.*\\.cpp$")
    list(SORT sources)
    list(LENGTH sources files)
    math(EXPR groups "(${files} + 29) / 30")
    set(index 0)
    foreach(source ${sources})
        math(EXPR group "${index} * ${groups} / ${files}")
        math(EXPR index "${index} + 1")
        set_source_files_properties(${source} TARGET_DIRECTORY ${target} PROPERTIES UNITY_GROUP ${group})
    endforeach()
endfunction()

# Compiles what no time depends on (options, tests) in two thirds of the time.
function(vkm_compile_quickly target)
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
endfunction()

set(VKM_SANITIZE "" CACHE STRING "Value for -fsanitize=")
if(VKM_SANITIZE)
    add_compile_options(-fsanitize=${VKM_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${VKM_SANITIZE})
endif()

# GCC rounds a product and a sum once where the processor can: always on 64-bit Arm, and on x86 as soon as it is told of a
# newer one. What the host computes (resized pixels, drawn colours, schedules, references) then has other bits there.
add_compile_options(-ffp-contract=off)

# The warnings every target of ours is held to; PRIVATE, so that packages' headers are not. scripts/test.sh
# makes them errors (CMAKE_COMPILE_WARNING_AS_ERROR): a compiler that is newer than ours may know others.
add_library(vkm_warnings INTERFACE)
target_compile_options(vkm_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor)
# GCC 12's -Wrestrict and -Wmaybe-uninitialized misfire inside std::string and std::variant
# (GCC bugs 105651, 105562).
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(vkm_warnings INTERFACE -Wno-restrict -Wno-maybe-uninitialized)
endif()
# Two warnings are about what one file sees, and files that are compiled together are none: a variable may be called what
# another file's function is, and a class of one may hold what its unnamed namespace declares. The debug preset compiles
# them apart, and still warns.
set(together $<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>)
target_compile_options(vkm_warnings INTERFACE $<${together}:-Wno-shadow>
                       $<$<AND:${together},$<CXX_COMPILER_ID:GNU>>:-Wno-subobject-linkage>)

# Vulkan is private to engine/. A header in /usr/include is in reach of every target, so targets above engine/
# find these in its place. tests/build proves it.
set(VKM_FORBIDDEN_HEADERS vulkan/vulkan.h vulkan/vulkan_core.h vulkan/vulkan.hpp volk.h)
foreach(header ${VKM_FORBIDDEN_HEADERS})
    file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/include/forbidden/${header}
         CONTENT "#error \"Vulkan headers are private to engine/\"\n")
endforeach()
add_library(vkm_no_vulkan INTERFACE)
target_include_directories(vkm_no_vulkan INTERFACE ${CMAKE_BINARY_DIR}/include/forbidden)

# One static library a folder. A library sees only its own folder and those named in LINKS, because each
# folder's public headers are reached through a per-folder include root (build/include/<folder>) that only
# linking adds. VULKAN marks the one layer that may include Vulkan's headers; EXCLUDE names folders in it whose
# sources are left out. APART is vkm_compile_together's.
function(vkm_layer name folder)
    cmake_parse_arguments(ARG "VULKAN" "" "LINKS;PRIVATE_LINKS;EXCLUDE;APART" ${ARGN})
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
    foreach(excluded ${ARG_EXCLUDE})
        list(FILTER sources EXCLUDE REGEX "/${excluded}")
    endforeach()
    if(NOT sources)
        file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/empty.cpp "")
        set(sources ${CMAKE_CURRENT_BINARY_DIR}/empty.cpp)
    endif()
    add_library(${name} STATIC ${sources})
    set(root ${CMAKE_BINARY_DIR}/include/${folder})
    file(MAKE_DIRECTORY ${root})
    file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${root}/${folder} SYMBOLIC)
    target_include_directories(${name} PUBLIC ${root})
    target_link_libraries(${name} PUBLIC ${ARG_LINKS} PRIVATE vkm_warnings ${ARG_PRIVATE_LINKS})
    if(NOT ARG_VULKAN)
        target_link_libraries(${name} PRIVATE vkm_no_vulkan)
    endif()
    vkm_compile_together(${name} APART ${ARG_APART})
endfunction()
