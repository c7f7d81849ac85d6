// The names of others as names of ours. Pure; any thread; cannot fail.
#pragma once

#include <string>
#include <string_view>

namespace wayside::config {

// "RoomTemperature", "Pression d'entrée" -> "room_temperature", "pression_d_entree": words in lower case, Latin letters
// without their accents, signs as words (° deg, % percent, Ω ohm). At most 64 characters. Empty when no letter or digit
// is left (other scripts are not transcribed).
[[nodiscard]] std::string metric_name_of(std::string_view text);

// "Test-Device-Modbus-Profile" -> "test-device-modbus-profile": an id, cut at 32 characters. May be empty.
[[nodiscard]] std::string profile_id_of(std::string_view text);

struct UnitName {
  std::string name;
  bool known = false;  // as UCUM, or as the shipped profiles write it
};

// "°C", "Pct", "m3/h" -> UCUM. One that is not known stays as it is.
[[nodiscard]] UnitName unit_of(std::string_view text);

// One line without control characters, blanks at the ends or in a row; cut at `longest` bytes on a character's edge.
[[nodiscard]] std::string one_line(std::string_view text, std::size_t longest = 400);

// The same as a sentence: with a full stop. Empty stays empty.
[[nodiscard]] std::string sentence(std::string_view text);

// Lower case (ASCII only).
[[nodiscard]] std::string lower(std::string_view text);
[[nodiscard]] std::string_view trimmed(std::string_view text);

}  // namespace wayside::config
