// Device: one simulated field device, pure of sockets and clocks. The World advances it in fixed ticks, the Slave
// reads and writes its registers, a person or a script gives it faults. Same seed, same ticks, same faults: same
// registers. Owned by the World; everything on the simulator's one thread.
#pragma once

#include <array>
#include <boost/system/result.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "sim/devices/bank.hpp"

namespace wayside::sim {

using LocalTime = std::chrono::local_time<std::chrono::milliseconds>;
using Seconds = std::chrono::duration<double>;

// One step. Slow things (light, traffic, energy) move with `simulated`; what an operator watches (a leak growing, the
// trace of an interrogator) with `real`.
struct Tick {
  Seconds simulated;
  Seconds real;
  LocalTime now;  // after the step
};

enum class Table { coils, discrete_inputs, holding, input };

enum class Exception : std::uint8_t {
  illegal_function = 1,
  illegal_address = 2,
  illegal_value = 3,
  target_silent = 0x0B,
};

using ReadAnswer = boost::system::result<Words, Exception>;
using WriteAnswer = boost::system::result<void, Exception>;

// What can be asked of a device to go wrong: `name`, and at most one argument within [lowest, highest].
struct Fault {
  std::string name;
  std::string argument;  // "" for none; "on|off" gives 1 or 0; otherwise a number, said so in the list
  double lowest = 0;
  double highest = 0;
  std::function<void(double)> apply;
};

// Faults that any device may have on the wire.
struct Manner {
  bool silent = false;
  std::uint8_t exception = 0;
  std::chrono::milliseconds delay{0};
  double drop_percent = 0;
  double corrupt_percent = 0;     // a flipped bit in the reply; on a serial line only
  double truncate_percent = 0;    // the reply breaks off; on a serial line only
  double noise_percent = 0;       // some bytes before the reply; on a serial line only
  double wrong_unit_percent = 0;  // the reply says the next unit's number
  bool babbles = false;           // sends bytes that no one asked for; on a serial line only
};

class Device {
 public:
  explicit Device(std::uint64_t seed);
  virtual ~Device() = default;
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  virtual void advance(const Tick& tick) = 0;
  // A table the device has not at all: illegal_function; a hole in it: illegal_address.
  [[nodiscard]] ReadAnswer read(Table table, std::uint16_t address, std::uint16_t count) const;
  // Writes holding registers.
  [[nodiscard]] WriteAnswer write(std::uint16_t address, const Words& words);
  // A device whose protocol is not Modbus: bytes of its line in, whole frames of answer out.
  [[nodiscard]] virtual bool speaks_frames() const { return false; }
  [[nodiscard]] virtual std::vector<base::Bytes> hear(base::ByteView) { return {}; }
  // "leak 1240". An unknown name or a bad argument changes nothing and gives invalid_argument with the nearest name.
  [[nodiscard]] base::Result<void> fault(std::string_view text);

  [[nodiscard]] const std::vector<Fault>& faults() const { return faults_; }
  [[nodiscard]] const Manner& manner() const { return manner_; }

 protected:
  void add_fault(Fault fault) { faults_.push_back(std::move(fault)); }
  [[nodiscard]] Bank& bank(Table table) { return banks_[static_cast<std::size_t>(table)]; }
  [[nodiscard]] const Bank& bank(Table table) const { return banks_[static_cast<std::size_t>(table)]; }
  [[nodiscard]] base::Random& random() { return random_; }

 private:
  virtual void clear() = 0;  // the faults of this kind of device
  // Called with mapped addresses only. The default refuses: a device whose holding registers are read only.
  virtual WriteAnswer accept(std::uint16_t address, const Words& words);
  [[nodiscard]] virtual std::uint16_t most_registers() const { return 125; }
  void add_common_faults();

  std::array<Bank, 4> banks_;
  std::vector<Fault> faults_;
  Manner manner_;
  base::SeededRandom random_;
};

}  // namespace wayside::sim
