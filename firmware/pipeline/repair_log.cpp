#include "pipeline/repair_log.hpp"

#include <algorithm>

namespace wayside::pipeline {
namespace {
constexpr std::uint8_t kForm = 1;
}  // namespace

void RepairLog::forget(base::BootTime now, std::chrono::microseconds within) {
  std::erase_if(tries, [&](base::BootTime at) { return now - at >= within; });
}

base::Bytes encode(const RepairLog& log, const base::BootId& boot) {
  base::ByteWriter out;
  out.u8(kForm);
  out.u8(log.open ? 1 : 0);
  for (const auto byte : boot) out.u8(byte);
  out.u32(static_cast<std::uint32_t>(log.tries.size()));
  for (const auto at : log.tries) out.i64(base::to_us(at));
  return out.take();
}

std::optional<RepairLog> decode_repair_log(base::ByteView bytes, const base::BootId& boot, base::BootTime now) {
  base::ByteReader in(bytes);
  if (in.u8() != kForm) return std::nullopt;
  RepairLog log;
  log.open = in.u8() != 0;
  base::BootId then{};
  for (auto& byte : then) byte = in.u8();
  const std::uint32_t count = in.u32();
  if (count > RepairLog::kMostTries) return std::nullopt;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto at = base::from_us(in.i64());
    log.tries.push_back(then == boot ? std::min(at, now) : now);
  }
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return log;
}

}  // namespace wayside::pipeline
