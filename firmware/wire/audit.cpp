#include "wire/audit.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "wayside/v1/audit.pb.h"
#include "wire/digest.hpp"
#include "wire/fixed_order.hpp"

namespace wayside::wire {

base::Bytes encode_audit(const model::AuditRecord& record) {
  v1::AuditRecord message;
  message.set_number(record.number);
  message.set_previous(record.previous.data(), record.previous.size());
  message.set_boot_id(record.boot.data(), record.boot.size());
  message.set_offset_us(base::to_us(record.at));
  message.set_wall_us(record.wall_us);
  const auto& note = record.note;
  message.set_origin(static_cast<v1::AuditOrigin>(static_cast<int>(note.origin) + 1));
  message.set_by(note.by);
  message.set_action(note.action);
  message.set_target(note.target);
  message.set_outcome(note.outcome);
  message.set_detail(note.detail);
  message.set_order(note.order);
  message.set_key(note.key);
  return encode_in_fixed_order(message);
}

base::Result<model::AuditRecord> read_audit(base::ByteView bytes) {
  const base::Error corrupt{base::Errc::corrupt, base::Consequence::drop_record, "not a record of the audit trail"};
  v1::AuditRecord message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return corrupt;
  model::AuditRecord record;
  if (message.boot_id().size() != record.boot.size()) return corrupt;
  if (message.origin() < v1::AUDIT_ORIGIN_LOCAL || message.origin() > v1::AUDIT_ORIGIN_GATEWAY) return corrupt;
  record.number = message.number();
  record.previous.assign(message.previous().begin(), message.previous().end());
  std::ranges::copy(message.boot_id(), record.boot.begin());
  record.at = base::from_us(message.offset_us());
  record.wall_us = message.wall_us();
  auto& note = record.note;
  note.origin = static_cast<model::AuditOrigin>(static_cast<int>(message.origin()) - 1);
  note.by = message.by();
  note.action = message.action();
  note.target = message.target();
  note.outcome = message.outcome();
  note.detail = message.detail();
  note.order = message.order();
  note.key = message.key();
  return record;
}

base::Bytes audit_digest(base::ByteView record) { return sha256(record); }

ChainCheck check_chain(const std::vector<base::Bytes>& records) {
  ChainCheck out;
  for (const auto& bytes : records) {
    const auto record = read_audit(bytes);
    const auto number = record ? record->number : out.last + 1;
    if (!record) {
      out.problems.push_back(fmt::format("entry {} cannot be read", number));
    } else if (out.last == 0) {
      if (number == 1 && !record->previous.empty()) out.problems.emplace_back("entry 1 names one before it");
    } else if (number != out.last + 1) {
      out.problems.push_back(fmt::format("entry {} follows on {}: {}", number, out.last,
                                         number > out.last ? "some are missing" : "out of order"));
    } else if (record->previous != out.digest) {
      out.problems.push_back(fmt::format(
          "entry {} does not follow on entry {} as it stands here: one of them was altered", number, out.last));
    }
    if (out.first == 0) out.first = number;
    out.last = number;
    out.digest = audit_digest(bytes);
  }
  return out;
}

base::Bytes audit_head_message(const model::GatewayId& gateway, std::uint64_t number, base::ByteView digest) {
  constexpr std::string_view kContext = "wayside.v1.AuditHead";
  base::Bytes out(kContext.begin(), kContext.end());
  out.push_back(0);
  out.insert(out.end(), gateway.value.begin(), gateway.value.end());
  out.push_back(0);
  base::ByteWriter number_bytes;
  number_bytes.u64(number);
  const auto bytes = number_bytes.take();
  out.insert(out.end(), bytes.begin(), bytes.end());
  out.insert(out.end(), digest.begin(), digest.end());
  return out;
}

}  // namespace wayside::wire
