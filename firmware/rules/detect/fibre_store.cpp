// What a fibre's baselines are kept as.
#include <algorithm>
#include <bit>
#include <cmath>

#include "rules/detect/fibre.hpp"

namespace wayside::rules::detect {

namespace {
constexpr std::uint8_t kVersion = 1;
}

std::uint64_t FibrePeak::stamp() const {
  base::ByteWriter out;
  out.u64(settings_.zones);
  out.f64(settings_.spacing_m);
  out.f64(settings_.first_m);
  return base::fnv1a(out.take());
}

void FibrePeak::save(base::ByteWriter& out) const {
  base::ByteWriter body;
  body.u64(stamp());
  body.u32(traces_);
  for (const auto& zone : zones_) {
    body.u32(std::bit_cast<std::uint32_t>(zone.baseline));
    body.u32(std::bit_cast<std::uint32_t>(zone.noise));
    body.u8(zone.seen);
  }
  const auto bytes = body.take();
  out.u8(kVersion);
  out.u32(base::crc32c(bytes));
  out.text(base::as_text(bytes));
}

bool FibrePeak::load(base::ByteReader& in) {
  forget_all();
  const auto version = in.u8();
  const auto sum = in.u32();
  const auto text = in.text();
  const auto bytes = base::as_bytes(text);
  if (!in.ok() || version != kVersion || base::crc32c(bytes) != sum) return false;
  base::ByteReader body(bytes);
  bool good = body.u64() == stamp();
  traces_ = std::min<std::uint32_t>(body.u32(), settings_.learn);
  for (auto& zone : zones_) {
    zone.baseline = std::bit_cast<float>(body.u32());
    zone.noise = std::bit_cast<float>(body.u32());
    zone.seen = body.u8();
    good = good && std::isfinite(zone.baseline) && std::isfinite(zone.noise) && zone.noise >= 0;
  }
  good = good && body.ok() && body.at_end();
  if (!good) forget_all();
  return good;
}

void FibrePeak::forget_all() {
  for (auto& zone : zones_) zone = Zone{};
  traces_ = 0;
  break_at_ = 0;
  break_stood_ = 0;
  last_.reset();
}

}  // namespace wayside::rules::detect
