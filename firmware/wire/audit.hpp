// Records of the audit trail as bytes, their digest, and what the gateway's key signs of it (proto: audit.proto).
// Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "model/audit.hpp"
#include "model/ids.hpp"

namespace wayside::wire {

[[nodiscard]] base::Bytes encode_audit(const model::AuditRecord& record);
// Of any bytes. Errors: corrupt.
[[nodiscard]] base::Result<model::AuditRecord> read_audit(base::ByteView bytes);

// What stands in the next record's `previous`.
[[nodiscard]] base::Bytes audit_digest(base::ByteView record);

struct ChainCheck {
  std::uint64_t first = 0;  // numbers; 0: there are none
  std::uint64_t last = 0;
  base::Bytes digest;                 // of the last record
  std::vector<std::string> problems;  // sentences; empty: the chain is whole between the two
};
// Records, oldest first.
[[nodiscard]] ChainCheck check_chain(const std::vector<base::Bytes>& records);

// The bytes that AuditHead.signature is of.
[[nodiscard]] base::Bytes audit_head_message(const model::GatewayId& gateway, std::uint64_t number,
                                             base::ByteView digest);

}  // namespace wayside::wire
