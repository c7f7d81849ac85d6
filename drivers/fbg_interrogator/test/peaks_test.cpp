#include "fbg_interrogator/peaks.hpp"

#include <array>

#include "fbg_interrogator/fbg_maths.hpp"
#include "support/catch.hpp"

namespace wayside::drivers::fbg {
namespace {

using Last = std::vector<std::optional<double>>;

const std::vector<Window> kWindows{{1520, 2}, {1530, 2}, {1540, 2}};

Assignment assigned(std::vector<double> peaks, Last last = Last(3)) { return assign(kWindows, peaks, last); }

TEST_CASE("each peak belongs to the sensor whose window it lies in") {
  const auto a = assigned({1521, 1529, 1540});
  for (const auto& sensor : a.sensors) CHECK(sensor.fit == Fit::sure);
  CHECK(a.sensors[1].nm == 1529);
  CHECK(a.strays == 0);
}

TEST_CASE("a sensor without a peak is missing, its neighbours are not doubted") {
  const auto a = assigned({1521, 1540}, {1521, 1530, 1540});
  CHECK(a.sensors[0].fit == Fit::sure);
  CHECK(a.sensors[1].fit == Fit::missing);
  CHECK(a.sensors[2].fit == Fit::sure);
}

TEST_CASE("a peak that came into its neighbour's window makes both uncertain") {
  const auto a = assigned({1528.5, 1530, 1540});
  CHECK(a.sensors[0].fit == Fit::unsure);
  CHECK(a.sensors[0].nm == 1528.5);
  CHECK(a.sensors[1].fit == Fit::unsure);
  CHECK(a.sensors[1].nm == 1530);
  CHECK(a.sensors[2].fit == Fit::sure);
}

TEST_CASE("one peak in a window that its missing neighbour had come near to is uncertain") {
  const auto a = assigned({1528.2, 1540}, {1527.9, 1531.5, 1540});
  CHECK(a.sensors[0].fit == Fit::missing);
  CHECK(a.sensors[1].fit == Fit::unsure);
}

TEST_CASE("a peak outside of all windows is the missing sensor's, uncertain") {
  const auto a = assigned({1523, 1530, 1540});
  CHECK(a.sensors[0].fit == Fit::unsure);
  CHECK(a.sensors[0].nm == 1523);
  CHECK(a.strays == 0);
}

TEST_CASE("a peak between two missing sensors is nobody's") {
  const auto a = assigned({1525, 1540});
  CHECK(a.sensors[0].fit == Fit::missing);
  CHECK(a.sensors[1].fit == Fit::missing);
  CHECK(a.strays == 1);
}

TEST_CASE("two peaks in one window and none missing beside it: nobody can say which is right") {
  const auto a = assigned({1520, 1529, 1531, 1540});
  CHECK(a.sensors[1].fit == Fit::missing);
  CHECK(a.strays == 2);
  CHECK(a.sensors[0].fit == Fit::sure);
}

TEST_CASE("far from the ends of the spectrum a peak is a stray one") {
  const auto a = assigned({1510, 1530, 1540});
  CHECK(a.sensors[0].fit == Fit::missing);
  CHECK(a.strays == 1);
}

TEST_CASE("no peaks, no sensors, one sensor") {
  CHECK(assigned({}).strays == 0);
  CHECK(assign({}, std::vector<double>{1550}, {}).strays == 1);
  CHECK(assign(std::vector<Window>{{1550, 1}}, std::vector<double>{1550}, Last(1)).sensors[0].fit == Fit::sure);
}

TEST_CASE("a break takes away all sensors beyond it") {
  CHECK_FALSE(broken_after(std::array{true, true, true, true}, 2));
  CHECK_FALSE(broken_after(std::array{true, false, false, true}, 2));
  CHECK_FALSE(broken_after(std::array{true, true, true, false}, 2));
  CHECK(broken_after(std::array{true, true, true, false}, 1) == 3U);
  CHECK(broken_after(std::array{true, false, false, false}, 2) == 1U);
  CHECK(broken_after(std::array{false, false}, 2) == 0U);
  CHECK_FALSE(broken_after({}, 2));
}

TEST_CASE("near 1550 nm ten picometres are a kelvin, and 1.2 a microstrain") {
  CHECK(temperature({1550, 20, 100, 0}, 1550.010) == Approx(21));
  CHECK(temperature({1550, 20, 100, 5}, 1551) == Approx(125));
  const StrainSensor bare{1550, 20, 0.78, 6.5e-6, 0};
  CHECK(strain(bare, 1550.0012, 20) == Approx(1).epsilon(0.01));
  // Ten kelvin alone make no strain.
  CHECK(strain(bare, 1550 + 1550 * 6.5e-5, 30) == Approx(0).margin(1e-6));
  // Glued to steel (12e-6 / K beyond the glass), warmed by ten kelvin and not loaded.
  CHECK(strain({1550, 20, 0.78, 6.5e-6, 12e-6}, 1550 + 1550 * (6.5e-5 + 0.78 * 12e-5), 30) == Approx(0).margin(1e-6));
}

}  // namespace
}  // namespace wayside::drivers::fbg
