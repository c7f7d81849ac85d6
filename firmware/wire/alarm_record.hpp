// An alarm's record as the state table keeps it (space "alarm"). Form 2 is written; form 1, of the first releases,
// which knew raised and normal only, is read. Pure; any thread.
#pragma once

#include <optional>

#include "base/bytes.hpp"
#include "model/alarm.hpp"

namespace wayside::wire {

[[nodiscard]] base::Bytes encode_record(const model::AlarmRecord& record);
// None: bytes that are not a record of a known form.
[[nodiscard]] std::optional<model::AlarmRecord> decode_record(base::ByteView bytes);

}  // namespace wayside::wire
