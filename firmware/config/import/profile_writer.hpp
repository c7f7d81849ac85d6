// An imported profile as YAML that `wayside profiles check` accepts. Pure; any thread.
#pragma once

#include <string>

#include "config/import/import.hpp"

namespace wayside::config {

// Which keys the reader of profiles (points.cpp) accepts. One that it does not accept is not written: points that
// cannot be without it are dropped, the rest of a point goes on, and a finding says so.
struct ProfileKeys {
  bool text = false;      // type: text, length: <registers>
  bool bcd = false;       // type: bcd16, bcd32, bcd64
  bool bits = false;      // bits: [<lowest>, <width>]
  bool wide_bit = false;  // bit: 16..63 of a wider type, and a bit's error_values are those of the whole value
  bool values = false;    // values: {<raw>: <name>}
  bool write = false;     // write: true, or {range, multiple}
  bool unsupported_values = false;  // as error_values; without it they are written as those
};

// The one place to switch a key on when the reader has learned it.
inline constexpr ProfileKeys kAcceptedKeys{.text = true,
                                           .bcd = true,
                                           .bits = true,
                                           .wide_bit = true,
                                           .values = true,
                                           .write = true,
                                           .unsupported_values = true};

// Leaves out of `imported` what `keys` cannot say, with findings. Before write_profile.
void fit_to_keys(Imported& imported, const ImportOptions& options, const ProfileKeys& keys = kAcceptedKeys);

// Requires: fit_to_keys() was called with the same keys.
[[nodiscard]] std::string write_profile(const Imported& imported, const ProfileKeys& keys = kAcceptedKeys);

}  // namespace wayside::config
