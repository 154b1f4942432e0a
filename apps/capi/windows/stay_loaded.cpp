#include <windows.h>

// Keeps the library in memory once it was loaded, because drivers and threads of it do: what unloads it would end them in
// the middle.
BOOL WINAPI DllMain(HINSTANCE library, DWORD event, void*) {
    HMODULE kept = nullptr;
    if (event == DLL_PROCESS_ATTACH)
        ::GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                             reinterpret_cast<LPCWSTR>(library), &kept);
    return TRUE;
}
