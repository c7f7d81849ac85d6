// Whether a file may hold a secret: a plain file that only its owner, who is this user or root, can use. Any thread.
// Only for the files of this room.
#pragma once

#include <string>

#include "base/result.hpp"

namespace wayside::seal {

// Of an open descriptor; `path` is for the sentence. Errors: config.
[[nodiscard]] base::Result<void> check_owner(const std::string& path, int fd);

// Errc::config: "key file PATH: WHAT".
[[nodiscard]] base::Error wrong_key_file(const std::string& path, const std::string& what);

}  // namespace wayside::seal
