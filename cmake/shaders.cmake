include(${CMAKE_CURRENT_LIST_DIR}/compiled_shaders.cmake)

# <shaders/shader.h> and <shaders/interface.h>, for those who handle shaders and name none.
add_library(vkm_shader_type INTERFACE)
target_include_directories(vkm_shader_type INTERFACE ${CMAKE_BINARY_DIR}/shaders/type)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/shaders/type/shaders)
foreach(header shader.h interface.h)
    file(CREATE_LINK ${CMAKE_SOURCE_DIR}/shaders/${header} ${CMAKE_BINARY_DIR}/shaders/type/shaders/${header} SYMBOLIC)
endforeach()

# Sets `result` to whether the glslang found can compile cmake/probes/FEATURE.comp. Says so once if it cannot.
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
            message(STATUS "${GLSLANG_VALIDATOR} cannot compile ${feature}: shaders that require it are taken as compiled, or left out")
        endif()
        set_property(GLOBAL PROPERTY vkm_glslang_${feature} ${known})
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${probe} ${GLSLANG_VALIDATOR})
    endif()
    set(${result} ${known} PARENT_SCOPE)
endfunction()

# Compiles shaders/*.comp to SPIR-V, embeds them, and writes <shaders/catalog.h>: what C++ knows of them. A
# shader declares its variants on a line of its own:
#     // variants: storage load
# `storage` compiles it for fp32 and fp16 tensors (VKM_STORAGE_F16), `half` for fp16 tensors only, `load` for
# storage-buffer and texel-buffer reads (VKM_LOAD_TEXEL), `native` once more for devices that round fp16 by themselves
# (VKM_NATIVE_HALF). And what not every glslang can compile:
#     // requires: cooperative_matrix bfloat16_matrix
# Where the one found cannot (cmake/probes/ has one of each), the shader is taken as it is compiled in shaders/compiled
# (cmake/compiled_shaders.cmake). What is not there, or is older than its source, is in the catalog without code, and
# Shader::built() says so. Its interface is there all the same: compiled with VKM_DECLARATIONS, such a shader has its
# declarations and an empty main.
#
# The catalog has every shader's code by name, vkm::shaders::depthwise, …, and a struct of its interface, read
# from the SPIR-V (shaders/interface/), so that callers name what they set and nobody counts positions:
#     struct Depthwise {
#         struct Constants {              specialization constants, with the GLSL's defaults
#             uint32_t workgroup;         the workgroup's size, for which GLSL has no name and no default
#             uint32_t kernel = 3;        const uint KERNEL = 3
#             bool bias = false;
#             void each(f)                f(id, value) for every one
#         };
#         template <typename T>
#         struct Bindings {               a T for each
#             T x;                        used whatever the constants are: leaving it out does not compile
#             T bias{};                   used or not, as the constants say: leave it out where it is not
#             void each(f)                f(t) for every one, in the order of their numbers
#         };
#         static constexpr … uses;        what becomes of each binding (BindingUse)
#         struct Push { … };              the push-constant block, byte by byte; push_bytes
#         static constexpr const Shader& shader;
#     };
# Constants, push blocks and bindings must be the same in all variants. A buffer is named by its block (or by
# what tensor.glsl's macros are told), a texel buffer by its variable.
# Names are C++'s: STRIDE is stride, StepParams step_params.
#
# Shaders may share an interface. They then differ in code only, and in the constants of one part, which has a
# struct of its own:
#     // interface: pointwise + gemm_direct
# Pointwise has the constants that all of its shaders have, and the shaders by part (Pointwise::gemm_direct).
# GemmDirect has the other constants, and is the same in every shader that names it.
#
# vkm_shader_library(NAME [NAMESPACE vkm::shaders] [CATALOG shaders/catalog.h]) does it for the current
# folder; tests have shaders of their own, with a namespace and a catalog of their own.
function(vkm_shader_library name)
    cmake_parse_arguments(ARG "" "NAMESPACE;CATALOG" "" ${ARGN})
    if(NOT ARG_NAMESPACE)
        set(ARG_NAMESPACE vkm::shaders)
    endif()
    if(NOT ARG_CATALOG)
        set(ARG_CATALOG shaders/catalog.h)
    endif()
    set(out ${CMAKE_CURRENT_BINARY_DIR}/generated)
    cmake_path(GET ARG_CATALOG PARENT_PATH catalog_folder)
    file(MAKE_DIRECTORY ${out}/spirv ${out}/${catalog_folder})
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.comp)
    set(list "")
    set(definitions "#include <${ARG_CATALOG}>\nnamespace ${ARG_NAMESPACE} {\n")
    set(includes "")
    set(everything "")
    set(generated "")
    foreach(source ${sources})
        cmake_path(GET source STEM shader)
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
        file(STRINGS ${source} requirements REGEX "^// requires:")
        file(STRINGS ${source} interface REGEX "^// interface:")
        set(missing "")
        set(matrix_units false)
        string(REGEX REPLACE "^// requires: *" "" requirements "${requirements}")
        separate_arguments(requirements)
        foreach(requirement ${requirements})
            if(requirement STREQUAL cooperative_matrix)
                set(matrix_units true)
            endif()
            vkm_glslang_has(${requirement} present)
            if(NOT present)
                list(APPEND missing ${requirement})
            endif()
        endforeach()
        set(part -)
        if(interface MATCHES "^// interface: ([a-z0-9_]+) \\+ ([a-z0-9_]+)$")
            set(interface ${CMAKE_MATCH_1})
            set(part ${CMAKE_MATCH_2})
        elseif(interface MATCHES "^// interface: ([a-z0-9_]+)$")
            set(interface ${CMAKE_MATCH_1})
        elseif(interface)
            message(FATAL_ERROR "${source}: not '// interface: NAME' or '// interface: NAME + PART': ${interface}")
        else()
            set(interface ${shader})
        endif()
        set(kind code)
        vkm_shader_variants(${source} storages loads)
        if(missing STREQUAL cooperative_matrix)
            vkm_shader_is_compiled(${source} ${CMAKE_CURRENT_SOURCE_DIR}/compiled ${CMAKE_SOURCE_DIR}/shaders/include is_compiled)
            file(GLOB sources_of_compiled CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/shaders/include/*.glsl ${CMAKE_CURRENT_SOURCE_DIR}/compiled/*)
            set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${sources_of_compiled})
            if(is_compiled)
                set(missing "")
                set(kind precompiled)
                # Once an archive, and with the time of that: what was extracted before is older, and what uses it is rebuilt.
                set(archive ${CMAKE_CURRENT_SOURCE_DIR}/compiled/matrix_units.tar.xz)
                if(NOT EXISTS ${out}/compiled/extracted OR ${archive} IS_NEWER_THAN ${out}/compiled/extracted)
                    file(ARCHIVE_EXTRACT INPUT ${archive} DESTINATION ${out}/compiled TOUCH)
                    file(TOUCH ${out}/compiled/extracted)
                endif()
            endif()
        endif()
        if(missing)
            message(STATUS "left out: shader ${shader}, which requires ${missing}")
            set(kind declarations)
            set(storages f32)
            set(loads buffer)
        endif()
        set(listed ${kind})
        if(kind STREQUAL precompiled)
            set(listed code)
        endif()
        string(APPEND list "${shader} ${interface} ${part} ${listed}")
        foreach(storage ${storages})
            foreach(load ${loads})
                set(symbol ${shader}_${storage}_${load})
                vkm_shader_flags(${storage} ${load} ${CMAKE_SOURCE_DIR}/shaders/include flags)
                if(kind STREQUAL declarations)
                    set(symbol ${shader}_declarations)
                    list(APPEND flags -DVKM_DECLARATIONS)
                endif()
                if(kind STREQUAL precompiled)
                    set(header compiled/${symbol}.h)
                else()
                    set(header spirv/${symbol}.h)
                    add_custom_command(
                        OUTPUT ${out}/${header}
                        COMMAND ${GLSLANG_VALIDATOR} ${flags} --vn ${symbol} --depfile ${out}/${header}.d -o ${out}/${header} ${source}
                        DEPENDS ${source}
                        DEPFILE ${out}/${header}.d
                        COMMENT "GLSL ${symbol}"
                        VERBATIM)
                endif()
                set(spirv ${out}/${header})
                list(APPEND generated ${spirv})
                string(APPEND list " ${storage}_${load}=${header}")
                if(NOT kind STREQUAL declarations)
                    string(APPEND includes "#include \"${spirv}\"\n")
                endif()
            endforeach()
        endforeach()
        string(APPEND list "\n")
        if(kind STREQUAL declarations)
            string(APPEND definitions "const Shader ${shader}{\"${shader}\", {}, ${matrix_units}};\n")
            continue()
        endif()
        list(GET loads -1 l1)
        set(by_storage "")
        set(nearest "")
        list(GET storages 0 nearest)
        foreach(storage f32 f16 f16_native)
            if(storage IN_LIST storages)
                set(nearest ${storage})
            endif()
            string(APPEND by_storage "{{${shader}_${nearest}_buffer, ${shader}_${nearest}_${l1}}}, ")
        endforeach()
        string(APPEND definitions "const Shader ${shader}{\"${shader}\", {{${by_storage}}}, ${matrix_units}};\n")
        string(APPEND everything "&${shader}, ")
    endforeach()
    string(APPEND definitions "static const Shader* const everything[] = {${everything}};\nstd::span<const Shader* const> all() { return everything; }\n}\n")
    file(CONFIGURE OUTPUT ${out}/shaders.txt CONTENT "${list}")
    file(CONFIGURE OUTPUT ${out}/catalog.cpp CONTENT "#include <cstdint>\n${includes}${definitions}")
    get_property(tool GLOBAL PROPERTY vkm_shader_catalog)
    add_custom_command(
        OUTPUT ${out}/${ARG_CATALOG}
        COMMAND ${tool} ${ARG_NAMESPACE} shaders.txt ${ARG_CATALOG}
        WORKING_DIRECTORY ${out}
        DEPENDS vkm_shader_catalog_tool ${tool} ${out}/shaders.txt ${generated}
        COMMENT "Interfaces of ${name}"
        VERBATIM)
    add_library(${name} STATIC ${out}/catalog.cpp ${out}/${ARG_CATALOG} ${generated})
    target_include_directories(${name} PUBLIC ${out})
    target_link_libraries(${name} PUBLIC vkm_shader_type)
endfunction()
