# `scripts/package.sh windows`: a folder that runs where it is unpacked, on 64-bit Windows 10 and later with a GPU's driver.
# The programs hold every library that they need, but for the driver's.
#
#   vkmbv3.exe, vkmbv3-bench.exe
#   vkmbv3.dll, vkmbv3_teach.dll   the library for C, C++ and Python; include/ and lib/ are what links it
#   starter.safetensors            weights to start from
#   docs/, LICENSE.txt, licences/  licences: of the packages that are in the programs
install(TARGETS vkmbv3 vkmbv3-bench RUNTIME DESTINATION .)
install(TARGETS vkmbv3_shared vkmbv3_teach_shared RUNTIME DESTINATION . ARCHIVE DESTINATION lib)
install(FILES ${CMAKE_BINARY_DIR}/lib/vkmbv3.def ${CMAKE_BINARY_DIR}/lib/vkmbv3_teach.def DESTINATION lib)
install(DIRECTORY apps/capi/include DESTINATION .)
install(FILES apps/capi/vkmbv3.py DESTINATION .)
install(FILES docs/cli.md docs/library.md docs/models.md docs/recipes.md docs/windows.md DESTINATION docs)
install(FILES ${VKM_STARTER_WEIGHTS} DESTINATION . RENAME starter.safetensors)
install(FILES LICENSE DESTINATION . RENAME LICENSE.txt)
install(DIRECTORY ${VKM_WINDOWS_LIBRARIES}/licences DESTINATION .)

set(CPACK_GENERATOR ZIP)
set(CPACK_PACKAGE_FILE_NAME vkmbv3-${PROJECT_VERSION}-windows-x86_64)
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)
include(CPack)
