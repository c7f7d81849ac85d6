// The request and response PDUs of Modbus (application protocol V1.1b3, 6.1-6.6, 6.11, 6.12): function code and data,
// without unit, transaction or checksum. Pure; any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "device/register_plan.hpp"

namespace wayside::bus {

inline constexpr std::size_t kMostPduBytes = 253;
inline constexpr std::uint8_t kExceptionBit = 0x80;

// Appends the request to `out`. FC 01-04 for a read. FC 05 / 06 for a write of one value, 15 / 16 for several or where
// `multiple` says so.
// Errors (invalid_argument): a count of 0 or over the protocol's limit, a block beyond address 65535, a write to a
// kind that cannot be written, a coil that is neither 0 nor 1.
[[nodiscard]] base::Result<void> append_read(const device::RegisterBlock& block, base::Bytes& out);
[[nodiscard]] base::Result<void> append_write(const device::RegisterWrite& write, base::Bytes& out);

// How many bytes the good answer to this request has. Requires: a request of append_*.
[[nodiscard]] std::size_t answer_size(base::ByteView request);

// The words of a read (bits one a word), none for a write.
// Errors: those of exception_error(); protocol / retry_later: another function, length, byte count, address or value.
// Requires: `request` of append_*; `response` may be anything.
[[nodiscard]] base::Result<std::vector<std::uint16_t>> check_response(base::ByteView request, base::ByteView response);

}  // namespace wayside::bus
