// What is done when a device begins to answer, before it is polled: it is asked who it is, then its set-up registers
// are compared and, where they differ, written. One step is one exchange. A step that the device refuses is noted and
// left out until the next greeting; a step without an answer is simply the next one again. Pure. Home: the bus's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "device/firmware_version.hpp"
#include "device/profile.hpp"

namespace wayside::pipeline {

class Greeting {
 public:
  using Step = std::variant<device::RegisterBlock, device::RegisterWrite>;
  struct Refused {
    std::string title;  // of the set-up write, or "serial number", "firmware"
    std::string reason;
  };

  Greeting(device::IdentitySpec identity, std::vector<device::SetupWrite> setup);

  // There is nothing to do at all.
  [[nodiscard]] bool empty() const { return steps_.empty(); }
  void begin();
  [[nodiscard]] bool done() const { return at_ >= steps_.size(); }
  // Requires: not done.
  [[nodiscard]] Step next() const;
  // The device answered the step: with words (of a read), or with a refusal.
  void answered(const std::vector<std::uint16_t>& words);
  void refused(const base::Error& error);

  // As far as the steps have come.
  [[nodiscard]] const device::DeviceIdentity& identity() const { return identity_; }
  // Of this greeting.
  [[nodiscard]] std::uint32_t written() const { return written_; }
  [[nodiscard]] const std::vector<Refused>& refusals() const { return refusals_; }

 private:
  enum class What : std::uint8_t { serial, firmware, compare, write };
  struct Entry {
    What what{};
    std::size_t write = 0;
  };
  [[nodiscard]] const device::PointSpec& asked() const;

  device::IdentitySpec spec_;
  std::vector<device::SetupWrite> setup_;
  std::vector<Entry> steps_;
  std::size_t at_ = 0;
  device::DeviceIdentity identity_;
  std::uint32_t written_ = 0;
  std::vector<Refused> refusals_;
};

// The profile's set-up writes that hold for a device with these options.
[[nodiscard]] std::vector<device::SetupWrite> setup_for(const device::Profile& profile, const device::Options& options);

}  // namespace wayside::pipeline
