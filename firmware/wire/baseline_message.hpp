// Baselines as the message wayside.v1.BaselineSet, for what already speaks messages (control socket, JSON). What comes
// in is checked whole before any of it is used. Pure; any thread.
#pragma once

#include <span>
#include <vector>

#include "base/result.hpp"
#include "wayside/v1/baseline.pb.h"
#include "wire/baseline.hpp"

namespace wayside::wire {

void fill_baselines(v1::BaselineSet& out, std::span<const model::SharedBaseline> baselines);
// Those of one kind are merged. Errors (invalid_argument): what is wrong, and where: "baselines[2].slots[17]: ...".
[[nodiscard]] base::Result<std::vector<model::SharedBaseline>> read_baselines(const v1::BaselineSet& set);

}  // namespace wayside::wire
