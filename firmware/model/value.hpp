// One value in engineering units: a number, an integer, a truth or a text; or none, where nothing was ever read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace wayside::model {

using Value = std::variant<std::monostate, double, std::int64_t, bool, std::string>;

// What rules compute with: integers and truths as numbers; none for text and for no value.
[[nodiscard]] std::optional<double> as_number(const Value& value);

// For people: "12.5", "true", "-". Numbers with up to six significant digits.
[[nodiscard]] std::string to_string(const Value& value);

}  // namespace wayside::model
