# `cmake --build --preset release --target package`: the programs as a tarball that runs from any folder, on
# machines that have a Vulkan driver and nothing of ours: glibc no older than this system's, no packages.
# docs/benchmarks.md says what it is for.
#
#   bin/       one launcher a program (scripts/launch.sh)
#   libexec/   the programs
#   lib/       the packages' libraries they need; lib/gcc/ is GCC's runtime, for systems that lack it or have
#              an older one; lib/vulkan/ the Vulkan loader, for those that have a driver without one
#              lib/vkmbv3/ what reaches other processes through the system's MPI
#   share/vkmbv3/   weights to start from (apps/starter)
#   bench/, scripts/, tests/data/    as in the checkout
#
# Neither glibc nor a driver is in it, nor what X needs.
set(programs vkmbv3)
foreach(program vkmbv3-demo vkmbv3-bench test_engine test_image test_graph test_train)
    if(TARGET ${program})
        list(APPEND programs ${program})
    endif()
endforeach()

set_target_properties(${programs} PROPERTIES INSTALL_RPATH "$ORIGIN/../lib")
install(TARGETS ${programs} RUNTIME_DEPENDENCY_SET libraries RUNTIME DESTINATION libexec)
foreach(program ${programs})
    install(PROGRAMS ${CMAKE_SOURCE_DIR}/scripts/launch.sh DESTINATION bin RENAME ${program})
endforeach()

set(of_glibc "^ld-linux" "^lib(c|m|dl|pthread|rt)[.]so")
set(of_gcc "^lib(stdc[+][+]|gcc_s)[.]so")
# A system with a display has these, and its drivers draw with them: an older copy would keep a newer driver from loading.
set(of_displays "^lib(X11|Xau|Xdmcp|xcb|bsd|md)[.]so")
install(RUNTIME_DEPENDENCY_SET libraries PRE_EXCLUDE_REGEXES ${of_glibc} ${of_gcc} ${of_displays} LIBRARY DESTINATION lib)
install(RUNTIME_DEPENDENCY_SET libraries PRE_EXCLUDE_REGEXES ${of_glibc} POST_INCLUDE_REGEXES "/lib(stdc[+][+]|gcc_s)[.]so"
        POST_EXCLUDE_REGEXES "." LIBRARY DESTINATION lib/gcc)

find_library(VKM_VULKAN_LOADER NAMES libvulkan.so.1)
if(VKM_VULKAN_LOADER)
    file(REAL_PATH ${VKM_VULKAN_LOADER} loader)
    install(FILES ${loader} DESTINATION lib/vulkan RENAME libvulkan.so.1)
else()
    message(STATUS "no libvulkan.so.1 here: the bundle will have no Vulkan loader")
endif()

install(PROGRAMS scripts/gpu-check.sh scripts/train_elastic.sh DESTINATION scripts)
install(PROGRAMS bench/compare bench/report bench/scaling_model bench/submit bench/compare_pytorch.py DESTINATION bench)
install(FILES bench/compact.py bench/device_facts.py bench/measurements.py bench/personal_data.py bench/plausibility.py
              bench/roofline.py bench/schema.py bench/standing.py bench/vendor_figures.json bench/vendor_figures.py DESTINATION bench)
install(DIRECTORY bench/page DESTINATION bench PATTERN "__pycache__" EXCLUDE)
install(DIRECTORY tests/data DESTINATION tests PATTERN "*.py" EXCLUDE)
install(FILES ${VKM_STARTER_WEIGHTS} DESTINATION share/vkmbv3 RENAME starter.safetensors)
install(FILES LICENSE DESTINATION .)

set(CPACK_GENERATOR TGZ)
set(CPACK_PACKAGE_FILE_NAME vkmbv3-${PROJECT_VERSION}-linux-${CMAKE_SYSTEM_PROCESSOR})
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)
include(debian)
include(CPack)
