// The audit trail: a chain of records, each with the digest of the one before (proto: audit.proto, docs/audit.md). A
// record becomes durable in the commit of what it tells, or of its own; the newest kKept are kept in the state table
// (space "audit", key: the number in 16 hexadecimal digits), for who asks at the gateway, and so that an order which
// came twice is known. What was never durable leaves no gap after a restart: numbers go on from what is stored. Home:
// core. No I/O: it makes the state changes, others commit them.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "model/audit.hpp"
#include "ports/outbox.hpp"

namespace wayside::pipeline {

class AuditTrail {
 public:
  static constexpr const char* kSpace = "audit";
  static constexpr std::size_t kKept = 1000;
  static constexpr std::size_t kMostRefused = 600;  // told within an hour; whoever asks for more is only counted

  // `stored`: the entries of kSpace, ascending by key.
  explicit AuditTrail(const std::vector<ports::StateEntry>& stored);

  struct Appended {
    model::AuditEntry entry;
    std::vector<ports::StateChange> changes;  // belong into the commit of the entry
  };
  // Texts that are too long are cut. None: a refusal too many; the next record says how many were left out.
  [[nodiscard]] std::optional<Appended> append(model::AuditNote note, const base::BootId& boot, base::BootTime at,
                                               std::optional<base::WallTime> wall);

  struct Kept {
    std::uint64_t number = 0;
    base::Bytes record;
  };
  // Oldest first.
  [[nodiscard]] const std::deque<Kept>& kept() const { return kept_; }
  // The order with this id that was carried out, if it is among them. A refusal is not remembered: whoever may not give
  // orders must not take an id away from who may.
  [[nodiscard]] std::optional<model::AuditNote> find_order(const std::string& id) const;

  // Of the last record; 0 and empty: there is none.
  [[nodiscard]] std::uint64_t number() const { return number_; }
  [[nodiscard]] const base::Bytes& digest() const { return digest_; }
  [[nodiscard]] std::uint64_t untold() const { return untold_; }  // since the start

 private:
  [[nodiscard]] bool may_be_told(const model::AuditNote& note, base::BootTime at);

  std::deque<Kept> kept_;
  std::uint64_t number_ = 0;
  base::Bytes digest_;
  std::deque<base::BootTime> refused_;
  std::uint64_t left_out_ = 0;  // since the last record
  std::uint64_t untold_ = 0;
};

}  // namespace wayside::pipeline
