# Read by cpack, once a generator: the tarball is everything that is installed by default, the Debian packages their own
# components under /usr.
if(CPACK_GENERATOR STREQUAL "DEB")
    set(CPACK_COMPONENTS_ALL program library ${CPACK_VKM_COMPONENTS})
    set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
    set(CPACK_COMPONENT_PROGRAM_GROUP programs)
    set(CPACK_COMPONENT_LIBRARY_GROUP programs)
    set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
endif()
