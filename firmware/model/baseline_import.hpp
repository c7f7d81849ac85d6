// A prior was taken in: who did it, what it was, and what came of it. Plain value; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "model/baseline_summary.hpp"

namespace wayside::model {

struct BaselineImport {
  struct Kind {
    BaselineKind kind;
    std::uint32_t gateways = 0;  // that it was learned on
    std::uint32_t points = 0;
  };
  std::string by;
  std::vector<Kind> kinds;
  std::size_t started = 0;  // functions that begin with it
  std::size_t kept = 0;     // that have learned enough of their own
};

}  // namespace wayside::model
