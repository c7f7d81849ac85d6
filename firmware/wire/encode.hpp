// Event -> bytes, exactly once: the result is one `events` entry of wayside.v1.ChunkBody, tag and length included,
// so that a body is the plain concatenation of what encode() gave. Pure; any thread.
#pragma once

#include "base/bytes.hpp"
#include "model/event.hpp"
#include "wire/alarm_record.hpp"
#include "wire/catalogue.hpp"

namespace wayside::wire {

// Appends the encoded event to `body`. Telemetry readings are written with the indices of `catalogues`.
void encode(const model::Event& event, const Catalogues& catalogues, base::Bytes& body);

}  // namespace wayside::wire
