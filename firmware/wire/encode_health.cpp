#include "wire/encode_health.hpp"

namespace wayside::wire {
namespace {

void fill_measures(v1::QualityMeasures& out, const model::Measures& measures) {
  out.set_covered_us(measures.covered.count());
  out.set_expected(measures.expected);
  out.set_received(measures.received);
  out.set_judged(measures.judged);
  out.set_inaccurate(measures.inaccurate);
  out.set_inconsistent(measures.inconsistent);
  out.set_late(measures.late);
  out.set_suppressed(measures.suppressed);
}

}  // namespace

void fill_data_quality(v1::DataQuality& out, const model::DataQuality& quality) {
  out.set_device(quality.device.value);
  out.set_area(quality.place.area.path());
  out.set_department(quality.place.department);
  if (quality.hour) fill_measures(*out.mutable_hour(), *quality.hour);
  if (quality.day) fill_measures(*out.mutable_day(), *quality.day);
  for (const auto& point : quality.points) {
    auto& one = *out.add_points();
    one.set_point(point.point);
    fill_measures(*one.mutable_hour(), point.hour);
    fill_measures(*one.mutable_day(), point.day);
  }
}

void fill_asset(v1::AssetRecord& out, const model::AssetRecord& record) {
  out.set_device(record.device.value);
  out.set_area(record.place.area.path());
  out.set_department(record.place.department);
  out.set_serial(record.identity.serial);
  out.set_firmware(record.identity.firmware);
  out.set_generation(record.generation);
  out.set_first_seen_wall_us(record.first_seen_wall_us);
  out.set_replaced_wall_us(record.replaced_wall_us);
  out.set_observed_us(record.observed_us);
  out.set_running_us(record.running_us);
  out.set_burn_us(record.burn_us());
  out.set_switch_cycles(record.switch_cycles());
  out.set_alarms(record.alarms);
  out.set_times_lost(record.times_lost);
  for (const auto& load : record.loads) {
    auto& one = *out.add_loads();
    one.set_name(load.name);
    one.set_on_us(load.on_us);
    one.set_cycles(load.cycles);
    if (load.on) one.set_on(*load.on);
  }
}

void fill_asset_report(v1::AssetReport& out, const model::AssetReport& report) {
  out.set_cause(static_cast<v1::AssetCause>(static_cast<int>(report.cause) + 1));
  fill_asset(*out.mutable_record(), report.record);
  if (report.closed) fill_asset(*out.mutable_closed(), *report.closed);
}

void fill_loss(v1::Loss& out, const model::Loss& loss) {
  out.set_entry(loss.entry);
  out.set_cause(static_cast<v1::LossCause>(static_cast<int>(loss.cause)));
  out.set_epoch(static_cast<std::uint64_t>(loss.epoch));
  out.set_stream(static_cast<std::uint32_t>(model::stream_number(loss.stream)));
  out.set_first_number(loss.first);
  out.set_last_number(loss.last);
  out.set_count(loss.count);
  out.set_coarse(loss.coarse);
  const auto known = [](const base::BootId& boot) { return boot != base::BootId{}; };
  if (known(loss.first_boot)) {
    out.set_first_boot_id(loss.first_boot.data(), loss.first_boot.size());
    out.set_first_offset_us(base::to_us(loss.first_offset));
  }
  if (known(loss.last_boot)) {
    out.set_last_boot_id(loss.last_boot.data(), loss.last_boot.size());
    out.set_last_offset_us(base::to_us(loss.last_offset));
  }
}

}  // namespace wayside::wire
