#include "daemon/point_view.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/nearest.hpp"
#include "daemon/describe.hpp"
#include "rules/inputs.hpp"

namespace wayside::daemon {
namespace {

namespace v1 = control::v1;

base::Error not_found(std::string what) {
  return {base::Errc::not_found, base::Consequence::drop_record, std::move(what)};
}

}  // namespace

std::string value_name(const model::PointInfo& info, const model::Value& value) {
  const auto* number = std::get_if<std::int64_t>(&value);
  if (number == nullptr) return {};
  const auto name = info.values.find(*number);
  return name == info.values.end() ? std::string() : name->second;
}

v1::Point view_of(const Gateway& gateway, const model::Reading& reading) {
  const auto& info = gateway.assembly().points->info(reading.point);
  const bool never = reading.at == base::BootTime{};
  v1::Point out;
  out.set_device(info.device.value);
  out.set_point(info.name);
  if (!std::holds_alternative<std::monostate>(reading.value)) out.set_value(exact(reading.value));
  out.set_value_name(value_name(info, reading.value));
  if (const auto number = model::as_number(reading.value); number && std::isfinite(*number)) out.set_number(*number);
  out.set_unit(info.unit);
  out.set_quality(std::string(model::to_string(reading.quality)));
  out.set_quality_code(static_cast<std::uint32_t>(reading.quality));
  out.set_age_us(never ? -1 : (gateway.seams().clock.boot_now() - reading.at).count());
  out.set_data_class(std::string(model::to_string(info.data_class)));
  out.set_derived(info.derived);
  out.set_meaning(info.meaning);
  out.set_period_us(info.period.count());
  return out;
}

v1::Point view_of(const Gateway& gateway, model::PointHandle point) {
  const auto& points = *gateway.assembly().points;
  auto out = view_of(gateway, points.newest(point));
  out.set_stale(out.age_us() >= 0 && rules::is_stale(points, point, gateway.seams().clock.boot_now()));
  return out;
}

base::Result<model::PointHandle> find_point(const Gateway& gateway, std::string_view id) {
  const auto& points = *gateway.assembly().points;
  // A device's id has no dots.
  const auto dot = std::min(id.find('.'), id.size());
  const model::DeviceId device{std::string(id.substr(0, dot))};
  const auto name = dot == id.size() ? std::string_view() : id.substr(dot + 1);
  if (const auto found = points.find(device, name)) return *found;
  std::vector<std::string> names;
  std::vector<std::string> all;
  for (const auto& info : points.infos()) {
    if (info.device == device) names.push_back(info.name);
    all.push_back(model::point_id(info.device, info.name));
  }
  if (!names.empty() && name.empty()) {
    return not_found("'" + device.value + "' is a device: name one of its points, as '" + device.value + "." +
                     names.front() + "' (`wayside points " + device.value + "` lists them)");
  }
  const auto near = base::nearest(id, all);
  const auto list = names.empty() ? "`wayside points` lists them" : "`wayside points " + device.value + "` lists them";
  return not_found("no point '" + std::string(id) + "'" +
                   (near ? "; did you mean '" + *near + "'? (" + list + ")" : "; " + list));
}

base::Result<std::size_t> find_device(const Gateway& gateway, const std::string& id) {
  const auto& devices = gateway.config().devices;
  const auto found = std::ranges::find(devices, model::DeviceId{id}, &config::DeviceConfig::id);
  if (found != devices.end()) return static_cast<std::size_t>(found - devices.begin());
  std::vector<std::string> names;
  for (const auto& device : devices) names.push_back(device.id.value);
  const auto near = base::nearest(id, names);
  return not_found(
      "no device '" + id + "'" +
      (near ? "; did you mean '" + *near + "'? (`wayside devices` lists them)" : "; `wayside devices` lists them"));
}

}  // namespace wayside::daemon
