// Eastron SDM630 three-phase meter of a lighting cabinet. FC04 float32 ABCD; more than 80 registers: exception 03
// (lamaplc SDM630 page: 40 parameters a request). Lamps hang on the phases in turn; holes within a block read zero,
// as on the meter.
#pragma once

#include <array>
#include <vector>

#include "sim/devices/chance.hpp"
#include "sim/devices/device.hpp"

namespace wayside::sim {

// What the meter feeds: the light each lamp gives, 0..1.
class LampLoad {
 public:
  virtual ~LampLoad() = default;
  [[nodiscard]] virtual std::vector<double> light() const = 0;
};

class Sdm630 final : public Device {
 public:
  struct Setup {
    int lamps = 20;
    double lamp_power = 80;  // W
    std::uint64_t seed = 0;
  };
  explicit Sdm630(const Setup& setup);

  // The lamps it serves; without, all its lamps follow the schedule. Must outlive this.
  void serve(const LampLoad& load) { load_ = &load; }
  void advance(const Tick& tick) override;

 private:
  struct Phase {
    bool lost = false;
    Drift drift{1.5, 1800};
    double voltage = 0, current = 0, watt = 0, voltampere = 0, var = 0, factor = 1;
    double kilowatt_hours = 0, kilovar_hours = 0;
  };

  void clear() override;
  WriteAnswer accept(std::uint16_t address, const Words& words) override;
  [[nodiscard]] std::uint16_t most_registers() const override { return 80; }
  [[nodiscard]] std::vector<double> lamp_light(LocalTime now) const;
  void measure(Phase& phase, double demand, double seconds);
  void show();
  void show_totals();

  Setup setup_;
  const LampLoad* load_ = nullptr;
  std::array<Phase, 3> phases_;
  Drift frequency_{0.02, 60};
};

}  // namespace wayside::sim
