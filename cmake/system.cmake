# Code that systems need in their own way lies in folders of this name, behind a header beside them.
if(WIN32)
    set(VKM_SYSTEM windows)
    set(VKM_OTHER_SYSTEM posix)
    # windows.h has macros called min and max, and thousands that nothing here uses.
    add_compile_definitions(NOMINMAX WIN32_LEAN_AND_MEAN)
else()
    set(VKM_SYSTEM posix)
    set(VKM_OTHER_SYSTEM windows)
endif()

# vkm_windows_program(TARGET) makes a program what Windows takes for one of today: names in UTF-8, paths of any length.
function(vkm_windows_program target)
    if(WIN32)
        target_sources(${target} PRIVATE ${CMAKE_SOURCE_DIR}/cmake/windows/program.rc)
    endif()
endfunction()
