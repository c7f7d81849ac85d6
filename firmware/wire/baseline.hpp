// Baselines as bytes: an encoded wayside.v1.BaselineSet, for files and for the state table. Pure; any thread.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "model/baseline_summary.hpp"

namespace wayside::wire {

inline constexpr std::size_t kMostBaselines = 256;
inline constexpr std::size_t kMostBaselineBytes = 8UL * 1024 * 1024;  // of a set, encoded

[[nodiscard]] base::Bytes encode_baselines(std::span<const model::SharedBaseline> baselines);
// Takes any bytes. Those of one kind are merged. Errors (invalid_argument): not a BaselineSet, too large, nothing in
// it, or what is wrong and where: "baselines[2].slots[17]: ...".
[[nodiscard]] base::Result<std::vector<model::SharedBaseline>> decode_baselines(base::ByteView bytes);

// Puts one into a list that has each kind once. Errors (invalid_argument): the list has it in another cycle.
[[nodiscard]] base::Result<void> merge_into(std::vector<model::SharedBaseline>& list, model::SharedBaseline more);

}  // namespace wayside::wire
