#include "pipeline/audit_trail.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "base/log.hpp"
#include "wire/audit.hpp"

namespace wayside::pipeline {
namespace {

constexpr std::size_t kLongestText = 256;
constexpr auto kToldWithin = std::chrono::hours{1};

// Not inside a character.
void cut(std::string& text) {
  if (text.size() <= kLongestText) return;
  std::size_t end = kLongestText;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  text.resize(end);
}

std::optional<std::uint64_t> number_of(const std::string& key) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), number, 16);
  if (error != std::errc{} || end != key.data() + key.size() || number == 0) return std::nullopt;
  return number;
}

}  // namespace

AuditTrail::AuditTrail(const std::vector<ports::StateEntry>& stored) {
  for (const auto& entry : stored) {
    const auto number = number_of(entry.key);
    if (!number) {
      base::log::error("audit.unreadable_entry", {{"key", entry.key}});
      continue;
    }
    kept_.push_back({*number, entry.value});
    number_ = *number;
    digest_ = wire::audit_digest(entry.value);
  }
}

std::optional<AuditTrail::Appended> AuditTrail::append(model::AuditNote note, const base::BootId& boot,
                                                       base::BootTime at, std::optional<base::WallTime> wall) {
  if (!may_be_told(note, at)) {
    ++left_out_;
    ++untold_;
    return std::nullopt;
  }
  if (const auto left_out = std::exchange(left_out_, 0); left_out > 0) {
    note.detail = fmt::format("({} refusals before this were not told) {}", left_out, note.detail);
  }
  for (auto* text : {&note.by, &note.action, &note.target, &note.outcome, &note.detail, &note.order, &note.key}) {
    cut(*text);
  }
  model::AuditRecord record{number_ + 1,    digest_, boot, at, wall ? wall->time_since_epoch().count() : 0,
                            std::move(note)};
  Appended out;
  out.entry.record = wire::encode_audit(record);
  number_ = record.number;
  digest_ = wire::audit_digest(out.entry.record);
  kept_.push_back({number_, out.entry.record});
  out.changes.push_back({kSpace, base::to_hex(number_), out.entry.record});
  while (kept_.size() > kKept) {
    out.changes.push_back({kSpace, base::to_hex(kept_.front().number), std::nullopt});
    kept_.pop_front();
  }
  return out;
}

bool AuditTrail::may_be_told(const model::AuditNote& note, base::BootTime at) {
  if (note.outcome != model::kAuditRefused) return true;
  while (!refused_.empty() && at - refused_.front() >= kToldWithin) refused_.pop_front();
  if (refused_.size() >= kMostRefused) return false;
  refused_.push_back(at);
  return true;
}

std::optional<model::AuditNote> AuditTrail::find_order(const std::string& id) const {
  if (id.empty()) return std::nullopt;
  for (auto kept = kept_.rbegin(); kept != kept_.rend(); ++kept) {
    auto record = wire::read_audit(kept->record);
    if (record && record->note.order == id && record->note.outcome == model::kAuditDone) return std::move(record->note);
  }
  return std::nullopt;
}

}  // namespace wayside::pipeline
