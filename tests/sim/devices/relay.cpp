#include "sim/devices/relay.hpp"

namespace wayside::sim {
namespace {

constexpr std::uint16_t kFirstState = 96;
constexpr std::uint16_t kFirstCounter = 32;
constexpr std::uint16_t kAfterPowerOn = 6;
constexpr std::uint16_t kSafetyTimeout = 8;
constexpr std::uint16_t kFirmware = 250;
constexpr std::uint16_t kSerial = 270;
constexpr char kFirmwareText[] = "1.18.2";
constexpr std::uint16_t kDefaultTimeout = 10;  // s
constexpr std::uint16_t kLongestTimeout = 65534;

}  // namespace

Relay::Relay(std::uint64_t seed) : Device(seed) {
  bank(Table::coils).map(0, kRelays);
  bank(Table::discrete_inputs).map(kFirstState, kRelays);
  bank(Table::discrete_inputs).map(0, kRelays);  // inputs 1 to 6
  bank(Table::input).map(kFirstCounter, kRelays);
  bank(Table::input).map(kFirmware, 16);
  bank(Table::input).map(kSerial, 2);
  bank(Table::input).set_u32(kSerial, static_cast<std::uint32_t>(4'000'000 + seed % 1'000'000));
  for (std::uint16_t i = 0; kFirmwareText[i] != 0; ++i) {  // one character a register
    bank(Table::input).set(static_cast<std::uint16_t>(kFirmware + i), static_cast<std::uint16_t>(kFirmwareText[i]));
  }
  bank(Table::holding).map(kAfterPowerOn, 1);
  bank(Table::holding).map(kSafetyTimeout, 1);
  bank(Table::holding).set(kSafetyTimeout, kDefaultTimeout);
  add_fault({"stuck", "RELAY", 1, kRelays, [this](double n) { stuck_.at(static_cast<std::size_t>(n) - 1) = true; }});
  add_fault({"lag", "SECONDS", 0, 60, [this](double seconds) { lag_ = seconds; }});
}

void Relay::clear() {
  stuck_ = {};
  lag_ = 0;
  follow();
}

void Relay::advance(const Tick& tick) {
  silence_ += tick.real.count();
  const auto timeout = bank(Table::holding).read(kSafetyTimeout, 1)->front();
  if (silence_ >= timeout) {
    for (std::uint16_t n = 0; n < kRelays; ++n) bank(Table::coils).set(n, 0);
    follow();
  }
  if (pending_ <= 0) return;
  pending_ -= tick.real.count();
  if (pending_ <= 0) follow();
}

void Relay::follow() {
  for (std::uint16_t n = 0; n < kRelays; ++n) {
    if (stuck_.at(n)) continue;
    bank(Table::discrete_inputs)
        .set(static_cast<std::uint16_t>(kFirstState + n), bank(Table::coils).read(n, 1)->front());
  }
}

WriteAnswer Relay::accept_coils(std::uint16_t first, const Words& bits) {
  for (std::size_t i = 0; i < bits.size(); ++i) bank(Table::coils).set(static_cast<std::uint16_t>(first + i), bits[i]);
  if (lag_ > 0) {
    pending_ = lag_;
  } else {
    follow();
  }
  return {};
}

WriteAnswer Relay::accept(std::uint16_t address, const Words& words) {
  if (words.size() != 1) return Exception::illegal_address;  // registers 6 and 8 are no neighbours
  if (address == kAfterPowerOn && words[0] > 2) return Exception::illegal_value;
  if (address == kSafetyTimeout && (words[0] < 1 || words[0] > kLongestTimeout)) return Exception::illegal_value;
  bank(Table::holding).set(address, words[0]);
  return {};
}

}  // namespace wayside::sim
