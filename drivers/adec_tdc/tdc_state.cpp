#include "adec_tdc/tdc_state.hpp"

#include <cmath>

namespace wayside::drivers::tdc {

namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::int64_t kMost = std::int64_t{1} << 53;

void write_window(base::ByteWriter& out, const Window& w) {
  out.u8(w.open ? 1 : 0);
  out.i64(to_us(w.since));
  for (const auto byte : w.boot) out.u8(byte);
  for (const auto n : {w.vehicles, w.speed_sum, w.speeds, w.covered}) out.i64(n);
  out.u8(w.full ? 1 : 0);
  out.u8(w.speed ? 1 : 0);
  out.f64(w.speed.value_or(0));
  out.f64(w.occupancy);
  out.f64(w.flow);
}

Window read_window(base::ByteReader& in) {
  Window w;
  w.open = in.u8() != 0;
  w.since = base::from_us(in.i64());
  for (auto& byte : w.boot) byte = in.u8();
  for (auto* n : {&w.vehicles, &w.speed_sum, &w.speeds, &w.covered}) *n = in.i64();
  w.full = in.u8() != 0;
  const bool has_speed = in.u8() != 0;
  const double speed = in.f64();
  if (has_speed) w.speed = speed;
  w.occupancy = in.f64();
  w.flow = in.f64();
  return w;
}

bool is_count(std::int64_t n) { return n >= 0 && n <= kMost; }

// Sums and differences of what it holds do not overflow, whatever was stored.
bool is_sane(const State& s) {
  const auto& w = s.window;
  return is_count(s.received) && is_count(s.total) && to_us(s.at) >= 0 && to_us(w.since) >= 0 && is_count(w.vehicles) &&
         is_count(w.speed_sum) && is_count(w.speeds) && is_count(w.covered) && std::isfinite(w.speed.value_or(0)) &&
         std::isfinite(w.occupancy) && std::isfinite(w.flow);
}

}  // namespace

base::Bytes store(const State& s) {
  base::ByteWriter out;
  out.u8(kVersion);
  out.u8(s.linked ? 1 : 0);
  out.u8(s.count_bit ? 1 : 0);
  out.u8(s.silent);
  out.u8(s.lifetime ? 1 : 0);
  out.u32(s.lifetime.value_or(0));
  out.i64(s.received);
  out.i64(s.total);
  out.u8(s.counted ? 1 : 0);
  out.i64(to_us(s.at));
  for (const auto byte : s.boot) out.u8(byte);
  write_window(out, s.window);
  return out.take();
}

State load(base::ByteView bytes) {
  base::ByteReader in(bytes);
  if (in.u8() != kVersion) return {};
  State s;
  s.linked = in.u8() != 0;
  s.count_bit = in.u8() != 0;
  s.silent = in.u8();
  const bool has_lifetime = in.u8() != 0;
  const auto lifetime = in.u32();
  if (has_lifetime) s.lifetime = lifetime;
  s.received = in.i64();
  s.total = in.i64();
  s.counted = in.u8() != 0;
  s.at = base::from_us(in.i64());
  for (auto& byte : s.boot) byte = in.u8();
  s.window = read_window(in);
  return in.ok() && in.at_end() && is_sane(s) ? s : State{};
}

}  // namespace wayside::drivers::tdc
