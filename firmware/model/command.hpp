// Commands to devices and the holds of technicians, as values: who asks what of which point, and what came of it.
// Kept in the store (pipeline/command_journal) and told as events. Values; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "model/ids.hpp"
#include "model/place.hpp"
#include "model/quality.hpp"
#include "model/value.hpp"

namespace wayside::model {

enum class CommandOrigin : std::uint8_t { local = 0, platform = 1, rule = 2 };

[[nodiscard]] constexpr std::string_view to_string(CommandOrigin origin) {
  switch (origin) {
    case CommandOrigin::local: return "local";
    case CommandOrigin::platform: return "platform";
    case CommandOrigin::rule: return "rule";
  }
  return "?";
}

enum class CommandOutcome : std::uint8_t {
  done = 0,           // measured as asked
  not_fulfilled = 1,  // written, but measured otherwise
  refused = 2,        // nothing was written: not allowed, held, interlocked, too many, not a value for it
  expired = 3,        // nothing was written: its time ended before its turn on the bus
  failed = 4,         // not sent, refused by the device, not answered, or not read back: Written says which
  interrupted = 5,    // the gateway ended in between; whether it was written is not known, it was not tried again
};

[[nodiscard]] constexpr std::string_view to_string(CommandOutcome outcome) {
  switch (outcome) {
    case CommandOutcome::done: return "done";
    case CommandOutcome::not_fulfilled: return "not_fulfilled";
    case CommandOutcome::refused: return "refused";
    case CommandOutcome::expired: return "expired";
    case CommandOutcome::failed: return "failed";
    case CommandOutcome::interrupted: return "interrupted";
  }
  return "?";
}

// Whether the device has got the command: may it have acted, whatever was measured afterwards?
enum class Written : std::uint8_t {
  no = 0,       // nothing reached it, or it said that it did nothing
  yes = 1,      // it answered all that was written
  unknown = 2,  // sent, and not answered, or only a part of it
};

[[nodiscard]] constexpr std::string_view to_string(Written written) {
  switch (written) {
    case Written::no: return "no";
    case Written::yes: return "yes";
    case Written::unknown: return "unknown";
  }
  return "?";
}

// Who asks: the account as the system (or the platform) vouches for it, and the name that the person gave.
struct Asker {
  std::string account;
  std::string name;  // may be empty: several people share the account of a cabinet
  bool operator==(const Asker&) const = default;

  [[nodiscard]] std::string text() const {
    if (name.empty()) return account;
    return account.empty() ? name : account + " (" + name + ")";
  }
  // One account, and no two different names.
  [[nodiscard]] bool is_same_person(const Asker& other) const {
    return account == other.account && (name == other.name || name.empty() || other.name.empty());
  }
};

struct CommandOrder {
  std::string id;  // idempotency key: asked twice, carried out once; empty: one is drawn
  DeviceId device;
  std::string point;
  Value value;  // engineering units; a text is read by the point's kind: "on", "12.5", a name of its enumeration
  CommandOrigin origin = CommandOrigin::local;
  Asker by;
  std::chrono::microseconds lives{};  // from now on; not written by then, it is dead
};

struct CommandResult {
  std::string id;
  DeviceId device;
  std::string point;
  Value asked;
  std::string unit;
  std::string by;
  CommandOrigin origin = CommandOrigin::local;
  CommandOutcome outcome = CommandOutcome::refused;
  Written written = Written::no;
  std::string reason;          // a sentence
  std::string measured_point;  // of the same device; empty: nothing was measured
  Value measured;
  Quality quality = Quality::uncertain_initial_value;  // of `measured`
  base::BootTime asked_at{};
  base::BootId asked_boot{};  // of asked_at: another one, where the gateway was restarted with the machine
  std::optional<base::BootTime> written_at;  // the device's answer to the last write
  std::optional<base::BootTime> measured_at;
  Responsibility place;
};

// A device that a technician has taken for himself: no one else's command reaches it.
struct Hold {
  DeviceId device;
  Asker by;
  base::BootId boot{};  // of since and until
  base::BootTime since{};
  base::BootTime until{};
  std::int64_t until_wall_us = 0;  // the same as a date; 0: the clock was not trusted
};

enum class HoldStep : std::uint8_t { placed = 0, released = 1, ended = 2 };

[[nodiscard]] constexpr std::string_view to_string(HoldStep step) {
  switch (step) {
    case HoldStep::placed: return "placed";
    case HoldStep::released: return "released";
    case HoldStep::ended: return "ended";
  }
  return "?";
}

struct HoldChange {
  HoldStep step = HoldStep::placed;
  Hold hold;
  std::string by;  // who placed or released it
  Responsibility place;
};

}  // namespace wayside::model
