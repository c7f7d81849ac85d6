// Units where they are declared: what is added or compared must be in the same one, so that W against kW is an error at
// load and not a night of alarms. Conservative: what a number written out was multiplied with counts as not known (it
// may be a conversion), and so does what has no unit. Pure; any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "rules/language/ast.hpp"
#include "rules/language/token.hpp"

namespace wayside::rules {

// The unit of a point (UCUM); none: not known.
using UnitOf = std::function<std::optional<std::string>(const PointReference&)>;

struct UnitCheck {
  std::optional<std::string> unit;  // of the whole; none: not known
  std::optional<SyntaxError> error;
};

// Requires: check_types(root) found nothing.
[[nodiscard]] UnitCheck check_units(const Node& root, const UnitOf& unit_of);

}  // namespace wayside::rules
