// Intesis INMBSDAL (Modbus to DALI gateway), one channel. Register 100*lamp + n, lamp = DALI short address from 0
// (manual r1.3 pp 9-20). The same words stand in the holding and the input table. Lamps follow the light schedule; a
// written level holds until the schedule's next step.
#pragma once

#include <optional>
#include <vector>

#include "sim/devices/device.hpp"
#include "sim/devices/sdm630.hpp"

namespace wayside::sim {

class IntesisDali final : public Device, public LampLoad {
 public:
  struct Setup {
    int lamps = 20;
    std::uint64_t seed = 0;
  };
  explicit IntesisDali(const Setup& setup);

  void advance(const Tick& tick) override;
  [[nodiscard]] std::vector<double> light() const override;

 private:
  struct Lamp {
    bool lamp_failed = false;
    bool gear_failed = false;
    std::optional<int> written;  // DALI arc power, 0..254
  };

  void clear() override;
  WriteAnswer accept(std::uint16_t address, const Words& words) override;
  WriteAnswer write_one(std::uint16_t address, std::uint16_t word);
  void add_lamp_faults();
  void put(int address, int word);
  void show();
  void show_lamp(int base, const Lamp& lamp);
  [[nodiscard]] int arc_power(const Lamp& lamp) const;  // what the lamp is told
  [[nodiscard]] bool is_lit(const Lamp& lamp) const;

  std::vector<Lamp> lamps_;
  int scheduled_ = 0;  // percent
  bool day_burn_ = false;
  double refreshing_ = 0;  // seconds left of "update all ballast status"
};

}  // namespace wayside::sim
