// A point and its newest sample as the CLI is told of them. Home: core.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "control/server.hpp"
#include "daemon/gateway.hpp"

namespace wayside::daemon {

[[nodiscard]] control::v1::Point view_of(const Gateway& gateway, model::PointHandle point);
// The same of a sample that is not in the point table.
[[nodiscard]] control::v1::Point view_of(const Gateway& gateway, const model::Reading& reading);

// A name of the point's enumeration; empty: it has none for this value.
[[nodiscard]] std::string value_name(const model::PointInfo& info, const model::Value& value);

// "lamp-017.power". Errors (Errc::not_found): no such point, with the nearest.
[[nodiscard]] base::Result<model::PointHandle> find_point(const Gateway& gateway, std::string_view id);

// Of a device by its id. Errors (Errc::not_found): no such device, with the nearest. Not one: the gateway itself.
[[nodiscard]] base::Result<std::size_t> find_device(const Gateway& gateway, const std::string& id);

}  // namespace wayside::daemon
