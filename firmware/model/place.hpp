// Where something is and who answers for it: every event carries both (design: the words).
#pragma once

#include <optional>
#include <string>

namespace wayside::model {

// City / district / street / grid, each a valid id.
struct Area {
  std::string city;
  std::string district;
  std::string street;
  std::string grid;
  bool operator==(const Area&) const = default;
  [[nodiscard]] std::string path() const { return city + "/" + district + "/" + street + "/" + grid; }
};

struct Position {  // WGS 84, degrees
  double latitude = 0;
  double longitude = 0;
  bool operator==(const Position&) const = default;
};

struct Responsibility {
  Area area;
  std::string department;
  bool operator==(const Responsibility&) const = default;
};

}  // namespace wayside::model
