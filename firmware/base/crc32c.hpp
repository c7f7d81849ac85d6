// CRC-32C without the processor's help, for the test that holds both against each other. crc32c() of base/bytes.hpp
// uses the instruction where there is one (SSE 4.2, ARMv8 CRC), and this where there is none. Pure; any thread.
#pragma once

#include "base/bytes.hpp"

namespace wayside::base {

[[nodiscard]] std::uint32_t crc32c_by_table(ByteView bytes);

}  // namespace wayside::base
