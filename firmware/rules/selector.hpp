// metric{label="value"}: picks exactly one point by its labels, or says why not and what to write instead.
// Used while rules are compiled. Pure functions over the scopes.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "rules/language/ast.hpp"
#include "rules/scopes.hpp"

namespace wayside::rules {

struct Picked {
  std::optional<model::PointHandle> point;
  std::size_t candidates = 0;  // how many fit
  std::string problem;         // empty when there is a point
};

// Among all points of the table where the selector names a device, else among those of `device`.
// Requires: reference.has_selector; `device` where no device is named.
[[nodiscard]] Picked pick(const Scopes& scopes, const Scopes::Device* device, const PointReference& reference);

[[nodiscard]] bool names_device(const PointReference& reference);
// What to say when it fits no point at all, with the nearest that there is.
[[nodiscard]] std::string fits_none(const Scopes& scopes, const PointReference& reference);

}  // namespace wayside::rules
