#!/bin/sh
# In a bundle this is bin/PROGRAM; it starts libexec/PROGRAM (cmake/package.cmake).
#
# GCC's runtime is the system's wherever that suffices: drivers are C++ too, and one built with a newer GCC than ours cannot
# be loaded into a program that runs on our older libstdc++. The Vulkan loader, too: containers of GPU machines often have a
# driver without one.
here=$(readlink -f "$0") || exit
root=${here%/bin/*}
program=$root/libexec/${here##*/}

loader=libvulkan.so.1
found=$(LD_PRELOAD=$loader LD_TRACE_LOADED_OBJECTS=1 LD_WARN=yes "$program" 2>&1)
case $found in
    *"not found"*) export LD_LIBRARY_PATH="$root/lib/gcc${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" ;;
esac
case $found in
    *"'$loader' from LD_PRELOAD cannot be"*) export LD_LIBRARY_PATH="$root/lib/vulkan${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" ;;
esac
export VKMBV3_TEST_DATA="${VKMBV3_TEST_DATA:-$root/tests/data}"
exec "$program" "$@"
