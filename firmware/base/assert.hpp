// WAYSIDE_ASSERT: a broken invariant of our own code ends the process; the service manager starts it again
// and the store has everything. Never for bytes from a bus, a broker, a file or a person.
#pragma once

namespace wayside::base {
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);
}

#define WAYSIDE_ASSERT(expression) \
  ((expression) ? static_cast<void>(0) : ::wayside::base::assertion_failed(#expression, __FILE__, __LINE__))
