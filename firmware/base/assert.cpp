#include "base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace wayside::base {

void assertion_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "wayside: broken invariant: %s (%s:%d)\n", expression, file, line);
  std::abort();
}

}  // namespace wayside::base
