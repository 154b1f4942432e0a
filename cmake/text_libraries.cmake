# Headers of fontconfig, FreeType and raqm (vkm_text_headers), and the names by which text loads them where it is drawn:
# VKM_FONTCONFIG_NAME, VKM_FREETYPE_NAME, VKM_RAQM_NAME.
add_library(vkm_text_headers INTERFACE)
if(WIN32)
    # As MSYS2 names them, and as they lie beside the program.
    find_path(FREETYPE_INCLUDE_DIRS NAMES ft2build.h PATH_SUFFIXES freetype2 REQUIRED)
    find_path(Fontconfig_INCLUDE_DIRS NAMES fontconfig/fontconfig.h REQUIRED)
    set(VKM_FONTCONFIG_NAME libfontconfig-1.dll)
    set(VKM_FREETYPE_NAME libfreetype-6.dll)
    set(VKM_RAQM_NAME libraqm-0.dll)
else()
    find_package(Fontconfig REQUIRED)
    find_package(Freetype REQUIRED)
    find_library(RAQM_LIBRARY NAMES raqm REQUIRED)
    set(VKM_FREETYPE_LIBRARY ${FREETYPE_LIBRARY_RELEASE})  # which the window links
    vkm_soname(VKM_FONTCONFIG_NAME "${Fontconfig_LIBRARIES}")
    vkm_soname(VKM_FREETYPE_NAME "${VKM_FREETYPE_LIBRARY}")
    vkm_soname(VKM_RAQM_NAME "${RAQM_LIBRARY}")
endif()
find_path(RAQM_INCLUDE_DIR NAMES raqm.h REQUIRED)
target_include_directories(vkm_text_headers SYSTEM INTERFACE ${RAQM_INCLUDE_DIR} ${FREETYPE_INCLUDE_DIRS} ${Fontconfig_INCLUDE_DIRS})
