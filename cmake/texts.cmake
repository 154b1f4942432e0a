# Embeds the YAML files of a folder in a target. `function`, which takes no arguments, returns them as a
# std::vector of `type`, in the order of their names; a `type` is made of {name, text}, both std::string_view.
# `header` declares both, in namespace vkm::train.
function(vkm_embed_yaml target folder header type function)
    file(GLOB files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.yaml)
    list(SORT files)
    set(rows "")
    foreach(file ${files})
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
        cmake_path(GET file STEM LAST_ONLY name)
        file(READ ${file} text)
        string(APPEND rows "    {\"${name}\", R\"yaml(${text})yaml\"},\n")
    endforeach()
    set(generated ${CMAKE_CURRENT_BINARY_DIR}/generated/${folder}.cpp)
    file(CONFIGURE OUTPUT ${generated} @ONLY CONTENT "#include <@header@>
namespace vkm::train {
const std::vector<@type@>& @function@() {
    static const std::vector<@type@> all{
@rows@    };
    return all;
}
}  // namespace vkm::train
")
    target_sources(${target} PRIVATE ${generated})
endfunction()
