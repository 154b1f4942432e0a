# `scripts/package.sh deb`: packages for Debian, Ubuntu and what is built on them. They are laid out as the system's own
# programs are and take the distribution's libraries.
#
#   vkmbv3        the program, the library, the weights to start from, and what shells and man read
#   vkmbv3-demo   the window, where it was built
#   vkmbv3-mpi    what reaches other processes, where it was built: who trains alone needs no MPI
include(GNUInstallDirs)

function(vkm_debian_program target component)
    install(TARGETS ${target} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT ${component} EXCLUDE_FROM_ALL)
    # The libraries are where the system looks for them.
    install(CODE "file(RPATH_REMOVE FILE \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/${target}\")"
            COMPONENT ${component} EXCLUDE_FROM_ALL)
    install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${target} RENAME copyright COMPONENT ${component} EXCLUDE_FROM_ALL)
endfunction()

vkm_debian_program(vkmbv3 program)
install(FILES ${VKM_STARTER_WEIGHTS} DESTINATION ${CMAKE_INSTALL_DATADIR}/vkmbv3 RENAME starter.safetensors
        COMPONENT program EXCLUDE_FROM_ALL)
set(written ${CMAKE_BINARY_DIR}/apps/vkmbv3/share)
install(DIRECTORY ${written}/ DESTINATION ${CMAKE_INSTALL_DATADIR} COMPONENT program EXCLUDE_FROM_ALL
        PATTERN zsh EXCLUDE)
# Debian's zsh looks for packages' functions in a folder of its own.
install(FILES ${written}/zsh/site-functions/_vkmbv3 DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions
        COMPONENT program EXCLUDE_FROM_ALL)
if(TARGET vkmbv3-demo)
    vkm_debian_program(vkmbv3-demo window)
    install(FILES apps/demo/vkmbv3-demo.desktop DESTINATION ${CMAKE_INSTALL_DATADIR}/applications COMPONENT window EXCLUDE_FROM_ALL)
    list(APPEND CPACK_VKM_COMPONENTS window)  # of cpack_generator.cmake
endif()
if(TARGET vkmbv3_mpi)
    # Beside the program's folder, where it looks for it; no other program loads it.
    install(TARGETS vkmbv3_mpi LIBRARY DESTINATION lib/vkmbv3 COMPONENT mpi EXCLUDE_FROM_ALL)
    install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/vkmbv3-mpi RENAME copyright COMPONENT mpi EXCLUDE_FROM_ALL)
    list(APPEND CPACK_VKM_COMPONENTS mpi)
endif()

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_NAME vkmbv3)
set(CPACK_DEBIAN_WINDOW_PACKAGE_NAME vkmbv3-demo)
set(CPACK_DEBIAN_MPI_PACKAGE_NAME vkmbv3-mpi)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "the vkmbv3 authors <vkmbv3@localhost>")
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Opened when they are needed, so that no tool sees them: the Vulkan loader always, the others for text in charts and
# for MATLAB files. Mesa's drivers are there for whoever has no other.
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_DEPENDS libvulkan1)
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_RECOMMENDS "mesa-vulkan-drivers, libfontconfig1, libfreetype6, libraqm0")
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_SUGGESTS "libmatio11, python3-numpy, vkmbv3-mpi")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "train and run MobileNets on any GPU, through Vulkan")
set(CPACK_DEBIAN_PROGRAMS_DESCRIPTION "${CPACK_PACKAGE_DESCRIPTION_SUMMARY}\nTrains and runs MobileNetV3 and V2 on any GPU with Vulkan 1.1, of any vendor, several unlike ones at\nonce, or on the processor. Weights go to and from PyTorch, timm, ONNX, TensorFlow Lite and MindSpore.")
# The window reads videos by ffmpeg and the clipboard by xclip or wl-paste; the weights are the program's.
set(CPACK_DEBIAN_WINDOW_PACKAGE_DEPENDS "vkmbv3 (= ${PROJECT_VERSION}), libvulkan1, fonts-dejavu-core")
set(CPACK_DEBIAN_WINDOW_PACKAGE_RECOMMENDS "mesa-vulkan-drivers, libfontconfig1, libfreetype6, libraqm0, ffmpeg, xclip | wl-clipboard")
set(CPACK_DEBIAN_WINDOW_DESCRIPTION "a window that classifies what a camera sees, and learns new classes\nShows what a MobileNet sees in a camera, a video or pictures, and teaches it classes of your own, on any GPU\nwith Vulkan 1.1 or on the processor. Nothing leaves the machine.")
# mpirun comes with openmpi-bin; srun brings Slurm's own.
set(CPACK_DEBIAN_MPI_PACKAGE_DEPENDS "vkmbv3 (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_MPI_PACKAGE_RECOMMENDS openmpi-bin)
set(CPACK_DEBIAN_MPI_DESCRIPTION "train a MobileNet in many processes and on many machines, through Open MPI\nLets vkmbv3 train one network together with other processes that mpirun or srun started: the weights are the bits\nof one process with the same devices.")
set(CPACK_PROJECT_CONFIG_FILE ${CMAKE_CURRENT_LIST_DIR}/cpack_generator.cmake)
