#include "pipeline/audit_notes.hpp"

#include <fmt/format.h>

namespace wayside::pipeline {
namespace {

model::AuditOrigin origin_of(model::CommandOrigin origin) {
  switch (origin) {
    case model::CommandOrigin::local: return model::AuditOrigin::local;
    case model::CommandOrigin::platform: return model::AuditOrigin::platform;
    case model::CommandOrigin::rule: return model::AuditOrigin::rule;
  }
  return model::AuditOrigin::gateway;
}

model::AuditNote note_of(const model::CommandResult& command) {
  return {origin_of(command.origin),
          command.by,
          "write",
          model::point_id(command.device, command.point),
          std::string(model::to_string(command.outcome)),
          fmt::format("{}{}{}: {}", model::to_string(command.asked), command.unit.empty() ? "" : " ", command.unit,
                      command.reason),
          command.id,
          ""};
}

model::AuditNote note_of(const model::HoldChange& change) {
  const bool ended = change.step == model::HoldStep::ended;
  return {ended ? model::AuditOrigin::gateway : model::AuditOrigin::local,
          change.by,
          fmt::format("hold {}", model::to_string(change.step)),
          change.hold.device.value,
          std::string(model::kAuditDone),
          "held by " + change.hold.by.text(),
          "",
          ""};
}

model::AuditNote note_of(const model::BaselineImport& import) {
  return {model::AuditOrigin::local,
          import.by,
          "import baselines",
          "",
          std::string(model::kAuditDone),
          fmt::format("{} kinds", import.kinds.size()),
          "",
          ""};
}

}  // namespace

std::optional<model::AuditNote> note_of(const model::Event& event) {
  if (const auto* command = std::get_if<model::CommandResult>(&event.body)) return note_of(*command);
  if (const auto* hold = std::get_if<model::HoldChange>(&event.body)) return note_of(*hold);
  if (const auto* import = std::get_if<model::BaselineImport>(&event.body)) return note_of(*import);
  return std::nullopt;
}

model::AuditNote note_of(const model::AlarmOrder& order, const std::string& refusal) {
  return {order.origin,
          order.by,
          std::string(model::to_string(order.verb)),
          order.alarm,
          std::string(refusal.empty() ? model::kAuditDone : model::kAuditRefused),
          refusal.empty() ? order.reason : refusal,
          order.order,
          ""};
}

}  // namespace wayside::pipeline
