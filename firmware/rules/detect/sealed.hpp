// How detectors keep what they have learned: a body that begins with the detector's name, its length before it and
// its CRC-32C behind it, so that any damaged byte is refused. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace wayside::rules::detect {

// A body that begins with the detector's name, to be filled and given to seal().
[[nodiscard]] inline base::ByteWriter body_of(std::string_view detector) {
  base::ByteWriter body;
  body.text(detector);
  return body;
}

inline void seal(base::ByteWriter& out, base::ByteWriter body) {
  const base::Bytes bytes = body.take();
  out.text(base::as_text(bytes));
  out.u32(base::crc32c(bytes));
}

// Calls `take` with a reader behind the name. False when the bytes are damaged, another detector's, or not used up.
template <class Take>
[[nodiscard]] bool unseal(base::ByteReader& in, std::string_view detector, Take take) {
  const std::string bytes = in.text();
  const std::uint32_t check = in.u32();
  if (!in.ok() || check != base::crc32c(base::as_bytes(bytes))) return false;
  base::ByteReader body(base::as_bytes(bytes));
  return body.text() == detector && take(body) && body.ok() && body.at_end();
}

}  // namespace wayside::rules::detect
