// Who changed, or tried to change, what: a note, and the record that the chain of the audit trail makes of it
// (docs/audit.md). Values; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/clock.hpp"

namespace wayside::model {

enum class AuditOrigin : std::uint8_t { local = 0, platform = 1, rule = 2, gateway = 3 };

[[nodiscard]] constexpr std::string_view to_string(AuditOrigin origin) {
  switch (origin) {
    case AuditOrigin::local: return "local";
    case AuditOrigin::platform: return "platform";
    case AuditOrigin::rule: return "rule";
    case AuditOrigin::gateway: return "gateway";
  }
  return "?";
}

inline constexpr std::string_view kAuditDone = "done";
inline constexpr std::string_view kAuditRefused = "refused";

struct AuditNote {
  AuditOrigin origin = AuditOrigin::gateway;
  std::string by;
  std::string action;   // "write", "acknowledge", "log level"
  std::string target;   // "lamp-017.level", an alarm
  std::string outcome;  // "done", "refused", ...
  std::string detail;   // for a person
  std::string order;    // idempotency key; empty: it had none
  std::string key;      // of the platform, that signed it; empty: not signed
};

struct AuditRecord {
  std::uint64_t number = 0;  // from 1, without gaps
  base::Bytes previous;      // SHA-256 of the record before; empty for the first
  base::BootId boot{};
  base::BootTime at{};
  std::int64_t wall_us = 0;  // 0: the clock was not trusted
  AuditNote note;
};

// As an event: the encoded record, whose bytes the digest is of.
struct AuditEntry {
  base::Bytes record;
};

// Where the chain stands.
struct AuditHead {
  std::uint64_t number = 0;
  base::Bytes digest;
  base::Bytes signature;   // empty: the gateway has no key
  base::Bytes public_key;  // likewise
};

}  // namespace wayside::model
