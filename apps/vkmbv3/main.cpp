#include <cstdio>

int main() { std::puts("vkmbv3 0.1.0"); }
