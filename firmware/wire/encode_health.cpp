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

void fill_process(v1::ProcessHealth& out, const model::ProcessHealth& process) {
  out.set_cpu_us(static_cast<std::uint64_t>(process.cpu.count()));
  out.set_memory_bytes(process.memory_bytes);
  out.set_memory_peak_bytes(process.memory_peak_bytes);
  out.set_memory_available_bytes(process.memory_available_bytes);
  out.set_load_hundredths(process.load_hundredths);
}

void fill_link(v1::LinkHealth& out, const model::LinkHealth& link) {
  out.set_up(link.up);
  out.set_connects(link.connects);
  out.set_published(link.published);
  out.set_acknowledged(link.acknowledged);
  out.set_refused(link.refused);
  out.set_bytes_today(link.bytes_today);
  out.set_bytes_month(link.bytes_month);
  out.set_backfill_held(link.backfill_held);
  out.set_live_held(link.live_held);
  out.set_insecure(link.insecure);
}

void fill_store(v1::StoreHealth& out, const model::StoreHealth& store) {
  out.set_waiting_chunks(store.waiting_chunks);
  out.set_waiting_bytes(store.waiting_bytes);
  if (store.oldest) out.set_oldest_us(store.oldest->count());
  out.set_taken_bytes(store.taken_bytes);
  out.set_max_bytes(store.max_bytes);
  out.set_disk_free_bytes(store.disk_free_bytes);
  out.set_commits(store.commits);
  out.set_failed_commits(store.failed_commits);
  out.set_evicted(store.evicted);
  out.set_damaged(store.damaged);
}

}  // namespace

void fill_health(v1::Health& out, const model::Health& health) {
  out.set_uptime_us(health.uptime.count());
  if (health.process) fill_process(*out.mutable_process(), *health.process);
  if (health.link) fill_link(*out.mutable_link(), *health.link);
  if (health.store) fill_store(*out.mutable_store(), *health.store);
  for (const auto& bus : health.buses) {
    auto& one = *out.add_buses();
    one.set_bus(bus.bus);
    one.set_devices(bus.devices);
    one.set_devices_answering(bus.devices_answering);
    one.set_polls(bus.polls);
    one.set_failures(bus.failures);
    one.set_missed(bus.missed);
    one.set_dead_per_mille(bus.dead_per_mille);
    one.set_line_away(bus.line_away);
  }
  out.set_devices(health.devices);
  out.set_devices_answering(health.devices_answering);
  out.set_alarms_raised(health.alarms_raised);
  out.set_clock_trusted(health.clock_trusted);
  out.set_dropped_chunks(health.dropped_chunks);
}

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
