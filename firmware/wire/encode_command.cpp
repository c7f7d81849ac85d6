#include "wire/encode_command.hpp"

namespace wayside::wire {

void fill_command(v1::CommandResult& out, const model::CommandResult& command) {
  out.set_id(command.id);
  out.set_device(command.device.value);
  out.set_point(command.point);
  if (const auto* text = std::get_if<std::string>(&command.asked)) out.set_asked_text(*text);
  if (const auto number = model::as_number(command.asked)) out.set_asked(*number);
  out.set_unit(command.unit);
  out.set_by(command.by);
  out.set_origin(static_cast<v1::CommandOrigin>(static_cast<int>(command.origin) + 1));
  out.set_outcome(static_cast<v1::CommandOutcome>(static_cast<int>(command.outcome) + 1));
  out.set_written(static_cast<v1::CommandWritten>(static_cast<int>(command.written) + 1));
  out.set_reason(command.reason);
  if (!command.measured_point.empty()) {
    out.set_measured_point(command.measured_point);
    if (const auto* text = std::get_if<std::string>(&command.measured)) out.set_measured_text(*text);
    if (const auto number = model::as_number(command.measured)) out.set_measured(*number);
    out.set_measured_quality(static_cast<std::uint32_t>(command.quality));
  }
  out.set_asked_offset_us(base::to_us(command.asked_at));
  out.set_asked_boot_id(command.asked_boot.data(), command.asked_boot.size());
  if (command.written_at) out.set_written_offset_us(base::to_us(*command.written_at));
  if (command.measured_at) out.set_measured_offset_us(base::to_us(*command.measured_at));
  out.set_area(command.place.area.path());
  out.set_department(command.place.department);
}

}  // namespace wayside::wire
