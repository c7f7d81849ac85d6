// Counts what this test program takes from the heap: the global operator new is replaced in allocations.cpp.
#pragma once

#include <cstddef>

namespace wayside::rules::test {

[[nodiscard]] std::size_t allocations();

}  // namespace wayside::rules::test
