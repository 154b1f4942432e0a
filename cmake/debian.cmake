# `scripts/package.sh deb`: a package for Debian, Ubuntu and what is built on them. It is laid out as the system's own
# programs are, takes the distribution's libraries, and holds the program, the library, and what shells and man read.
include(GNUInstallDirs)

install(TARGETS vkmbv3 RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program EXCLUDE_FROM_ALL)
# The libraries are where the system looks for them.
install(CODE "file(RPATH_REMOVE FILE \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/vkmbv3\")"
        COMPONENT program EXCLUDE_FROM_ALL)
set(written ${CMAKE_BINARY_DIR}/apps/vkmbv3/share)
install(DIRECTORY ${written}/ DESTINATION ${CMAKE_INSTALL_DATADIR} COMPONENT program EXCLUDE_FROM_ALL
        PATTERN zsh EXCLUDE)
# Debian's zsh looks for packages' functions in a folder of its own.
install(FILES ${written}/zsh/site-functions/_vkmbv3 DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions
        COMPONENT program EXCLUDE_FROM_ALL)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/vkmbv3 RENAME copyright COMPONENT program EXCLUDE_FROM_ALL)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_PACKAGE_NAME vkmbv3)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "the vkmbv3 authors <vkmbv3@localhost>")
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Opened when they are needed, so that no tool sees them: the Vulkan loader always, the others for text in charts and
# for MATLAB files. Mesa's drivers are there for whoever has no other.
set(CPACK_DEBIAN_PACKAGE_DEPENDS libvulkan1)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "mesa-vulkan-drivers, libfontconfig1, libfreetype6, libraqm0")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "libmatio11, python3-numpy")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "train and run MobileNets on any GPU, through Vulkan")
set(CPACK_PACKAGE_DESCRIPTION "Trains and runs MobileNetV3 and V2 on any GPU with Vulkan 1.1, of any vendor, several unlike ones at\nonce, or on the processor. Weights go to and from PyTorch, timm, ONNX, TensorFlow Lite and MindSpore.")
set(CPACK_PROJECT_CONFIG_FILE ${CMAKE_CURRENT_LIST_DIR}/cpack_generator.cmake)
