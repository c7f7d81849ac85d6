// An asset record as the state table keeps it. Grows at its end only; decoding gives none for bytes that are not of a
// form this release knows, or hold an impossible value. Pure; any thread.
#pragma once

#include <optional>

#include "base/bytes.hpp"
#include "model/asset.hpp"

namespace wayside::wire {

[[nodiscard]] base::Bytes encode_asset(const model::AssetRecord& record);
[[nodiscard]] std::optional<model::AssetRecord> decode_asset(base::ByteView bytes);

}  // namespace wayside::wire
