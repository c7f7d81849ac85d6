#include "unit/rules/allocations.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {
std::atomic<std::size_t> taken{0};
}

void* operator new(std::size_t size, const std::nothrow_t& /*unused*/) noexcept {
  ++taken;
  return std::malloc(size);
}
void* operator new(std::size_t size) {
  if (void* memory = operator new(size, std::nothrow)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace wayside::rules::test {
std::size_t allocations() { return taken; }
}  // namespace wayside::rules::test
