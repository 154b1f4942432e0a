# <shaders/shader.h>, for those who handle shaders and name none.
add_library(vkm_shader_type INTERFACE)
target_include_directories(vkm_shader_type INTERFACE ${CMAKE_BINARY_DIR}/shaders/type)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/shaders/type/shaders)
file(CREATE_LINK ${CMAKE_SOURCE_DIR}/shaders/shader.h ${CMAKE_BINARY_DIR}/shaders/type/shaders/shader.h SYMBOLIC)

# Sets `result` to whether the glslang found can compile cmake/probes/FEATURE.comp; says so once where it cannot.
function(vkm_glslang_has feature result)
    get_property(known GLOBAL PROPERTY vkm_glslang_${feature})
    if("${known}" STREQUAL "")
        set(probe ${CMAKE_SOURCE_DIR}/cmake/probes/${feature}.comp)
        if(NOT EXISTS ${probe})
            message(FATAL_ERROR "a shader requires ${feature}, for which there is no ${probe}")
        endif()
        execute_process(COMMAND ${GLSLANG_VALIDATOR} --quiet -V --target-env vulkan1.1 ${probe}
                                -o ${CMAKE_BINARY_DIR}/probe-${feature}.spv
                        RESULT_VARIABLE status OUTPUT_QUIET ERROR_QUIET)
        set(known FALSE)
        if(status EQUAL 0)
            set(known TRUE)
        else()
            message(STATUS "${GLSLANG_VALIDATOR} cannot compile ${feature}: shaders that require it are left out")
        endif()
        set_property(GLOBAL PROPERTY vkm_glslang_${feature} ${known})
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${probe} ${GLSLANG_VALIDATOR})
    endif()
    set(${result} ${known} PARENT_SCOPE)
endfunction()

# Compiles shaders/*.comp to SPIR-V and embeds them. A shader declares its variants on a line of its own:
#     // variants: storage load
# `storage` compiles it for fp32 and fp16 tensors (VKM_STORAGE_F16), `load` for storage-buffer and texel-buffer
# reads (VKM_LOAD_TEXEL). And what not every glslang can compile:
#     // requires: cooperative_matrix
# Where the one found cannot (cmake/probes/), the shader is in the catalog without code, and Shader::built() says so.
# The generated <shaders/catalog.h> names every shader: vkm::shaders::depthwise, ….
#
# vkm_shader_library(NAME [NAMESPACE vkm::shaders] [CATALOG shaders/catalog.h]) does it for the current folder; tests have
# shaders of their own, with a namespace and a catalog of their own.
function(vkm_shader_library name)
    cmake_parse_arguments(ARG "" "NAMESPACE;CATALOG" "" ${ARGN})
    if(NOT ARG_NAMESPACE)
        set(ARG_NAMESPACE vkm::shaders)
    endif()
    if(NOT ARG_CATALOG)
        set(ARG_CATALOG shaders/catalog.h)
    endif()
    set(out ${CMAKE_CURRENT_BINARY_DIR}/generated)
    file(MAKE_DIRECTORY ${out}/spirv)
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.comp)
    set(header "#pragma once\n#include <shaders/shader.h>\n#include <span>\nnamespace ${ARG_NAMESPACE} {\n")
    set(definitions "#include <${ARG_CATALOG}>\nnamespace ${ARG_NAMESPACE} {\n")
    set(includes "")
    set(everything "")
    set(generated "")
    foreach(source ${sources})
        cmake_path(GET source STEM shader)
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
        file(STRINGS ${source} variants REGEX "^// variants:")
        file(STRINGS ${source} requirements REGEX "^// requires:")
        set(missing "")
        string(REGEX REPLACE "^// requires: *" "" requirements "${requirements}")
        separate_arguments(requirements)
        foreach(requirement ${requirements})
            vkm_glslang_has(${requirement} present)
            if(NOT present)
                list(APPEND missing ${requirement})
            endif()
        endforeach()
        string(APPEND header "extern const Shader ${shader};\n")
        if(missing)
            message(STATUS "left out: shader ${shader}, which requires ${missing}")
            string(APPEND definitions "const Shader ${shader}{\"${shader}\", {}};\n")
            continue()
        endif()
        set(storages f32)
        set(loads buffer)
        if(variants MATCHES "storage")
            list(APPEND storages f16)
        endif()
        if(variants MATCHES "load")
            list(APPEND loads texel)
        endif()
        foreach(storage ${storages})
            foreach(load ${loads})
                set(symbol ${shader}_${storage}_${load})
                set(spirv ${out}/spirv/${symbol}.h)
                set(flags "")
                if(storage STREQUAL f16)
                    list(APPEND flags -DVKM_STORAGE_F16)
                endif()
                if(load STREQUAL texel)
                    list(APPEND flags -DVKM_LOAD_TEXEL)
                endif()
                add_custom_command(
                    OUTPUT ${spirv}
                    COMMAND ${GLSLANG_VALIDATOR} --quiet -V --target-env vulkan1.1 -I${CMAKE_SOURCE_DIR}/shaders/include
                            ${flags} --vn ${symbol} --depfile ${spirv}.d -o ${spirv} ${source}
                    DEPENDS ${source}
                    DEPFILE ${spirv}.d
                    COMMENT "GLSL ${symbol}"
                    VERBATIM)
                list(APPEND generated ${spirv})
                string(APPEND includes "#include \"${spirv}\"\n")
            endforeach()
        endforeach()
        list(GET storages -1 s1)
        list(GET loads -1 l1)
        string(APPEND definitions "const Shader ${shader}{\"${shader}\", {{{{${shader}_f32_buffer, ${shader}_f32_${l1}}}, {{${shader}_${s1}_buffer, ${shader}_${s1}_${l1}}}}}};\n")
        string(APPEND everything "&${shader}, ")
    endforeach()
    string(APPEND header "/// Every shader above that has code.\nstd::span<const Shader* const> all();\n}\n")
    string(APPEND definitions "static const Shader* const everything[] = {${everything}};\nstd::span<const Shader* const> all() { return everything; }\n}\n")
    file(CONFIGURE OUTPUT ${out}/${ARG_CATALOG} CONTENT "${header}")
    file(CONFIGURE OUTPUT ${out}/catalog.cpp CONTENT "#include <cstdint>\n${includes}${definitions}")
    add_library(${name} STATIC ${out}/catalog.cpp ${generated})
    target_include_directories(${name} PUBLIC ${out})
    target_link_libraries(${name} PUBLIC vkm_shader_type)
endfunction()
