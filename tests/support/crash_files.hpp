// The store's Files on a CrashDisk. See crash_vfs.hpp.
#pragma once

#include <memory>

#include "store/files.hpp"

namespace wayside::tests {

class CrashDisk;

[[nodiscard]] std::unique_ptr<store::Files> make_crash_files(CrashDisk& disk);

}  // namespace wayside::tests
