// A key for sealing, from a file that only its owner can read: 32 bytes as they are, or 64 hexadecimal digits and at
// most one line end. A systemd credential is such a file ($CREDENTIALS_DIRECTORY/NAME). Any thread.
#pragma once

#include <string>

#include "base/result.hpp"
#include "seal/keyring.hpp"

namespace wayside::seal {

// Errors: config (what is wrong with the file, and what to do about it). They never hold a part of the key.
[[nodiscard]] base::Result<Key> read_key_file(const std::string& path);

}  // namespace wayside::seal
